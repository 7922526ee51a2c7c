import type { Member } from 'ackline';
import { element, setText } from '../dom.ts';
import { throttle } from '../throttle.ts';
import type { MemberNames } from './member-names.ts';
import { Round } from './round.ts';

const MAX_ROUNDS = 12;

/** The last events that this tab published to all, newest first, with the receipts of each. */
export class ReceiptsView {
  readonly element: HTMLElement;
  readonly #names: MemberNames;
  readonly #empty = element('p', { class: 'quiet empty' }, 'None yet. Publish to all.');
  readonly #list = element('ol', { class: 'rounds', tabindex: '0', 'aria-label': 'Receipts' });
  readonly #spoken = element('p', { class: 'visually-hidden', 'aria-live': 'polite' });
  readonly #speak = throttle(() => setText(this.#spoken, this.#rounds[0]?.summary ?? ''), 1_000);
  #rounds: Round[] = [];

  constructor(names: MemberNames) {
    this.#names = names;
    this.element = element('div', { class: 'receipts' }, this.#empty, this.#list, this.#spoken);
  }

  /** An event is published to `members`. */
  begin(title: string, members: readonly Member[]): Round {
    const round = new Round(title, members, this.#names, this.#speak);
    this.#rounds = [round, ...this.#rounds].slice(0, MAX_ROUNDS);
    this.#list.replaceChildren(...this.#rounds.map(({ element }) => element));
    this.#empty.hidden = true;
    return round;
  }

  /** The names may have changed. */
  refresh(): void {
    for (const round of this.#rounds) round.refresh();
  }
}
