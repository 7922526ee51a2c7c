import type { Member, Receipt } from 'ackline';
import { element, setText } from '../dom.ts';
import type { MemberNames } from './member-names.ts';
import { selfMark } from './members-view.ts';

export type RowState = Receipt['outcome'] | 'pending';

const WORDS: Readonly<Record<RowState, string>> = {
  pending: 'pending',
  acknowledged: 'acknowledged',
  rejected: 'rejected',
  vanished: 'vanished',
  'timed-out': 'timed out',
};

/** The outcome of one event at one member, as far as it is known. */
export class ReceiptRow {
  readonly element: HTMLElement;
  readonly #member: Member;
  readonly #names: MemberNames;
  readonly #name = element('strong', { 'data-testid': 'receipt-name' });
  readonly #outcome = element('span', { class: 'outcome', 'data-testid': 'receipt-outcome' });
  readonly #facts = element('span', { class: 'receipt-facts', 'data-testid': 'receipt-facts' });
  #state: RowState = 'pending';

  constructor(member: Member, names: MemberNames) {
    this.#member = member;
    this.#names = names;
    const who = element('span', { class: 'receipt-who' }, this.#name);
    if (member.isSelf) who.append(selfMark());
    this.element = element('li', { 'data-testid': 'receipt' }, who, this.#outcome, this.#facts);
    this.#draw('pending');
    this.refresh();
  }

  get state(): RowState {
    return this.#state;
  }

  note({ outcome, reason }: Receipt, afterMs: number): void {
    this.#draw(outcome);
    setText(this.#facts, [reason, `after ${duration(afterMs)}`].filter(Boolean).join(' · '));
  }

  /** The names may have changed. */
  refresh(): void {
    setText(this.#name, this.#names.nameOf(this.#member.memberId));
  }

  #draw(state: RowState): void {
    this.#state = state;
    this.element.dataset['outcome'] = state;
    setText(this.#outcome, WORDS[state]);
  }
}

function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
