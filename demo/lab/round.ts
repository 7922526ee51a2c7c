import type { Member, Receipt } from 'ackline';
import { element, setText } from '../dom.ts';
import type { MemberNames } from './member-names.ts';
import { sortMembers } from './members-view.ts';
import { ReceiptRow, type RowState } from './receipt-row.ts';

const SUMMARY_WORDS: readonly (readonly [RowState, string])[] = [
  ['acknowledged', 'acknowledged'],
  ['rejected', 'rejected'],
  ['vanished', 'vanished'],
  ['timed-out', 'timed out'],
  ['pending', 'pending'],
];

/** One event that was published to all, and its receipts, member by member. */
export class Round {
  readonly element: HTMLElement;
  readonly #title: string;
  readonly #names: MemberNames;
  readonly #changed: () => void;
  readonly #startedAt = performance.now();
  readonly #rows = new Map<string, ReceiptRow>();
  readonly #list = element('ul', { class: 'round-receipts' });
  readonly #summary = element('span', { class: 'quiet', 'data-testid': 'round-summary' });

  constructor(title: string, members: readonly Member[], names: MemberNames, changed: () => void) {
    this.#title = title;
    this.#names = names;
    this.#changed = changed;
    const head = element('p', { class: 'round-head' }, element('strong', {}, title), this.#summary);
    this.element = element('li', { 'data-testid': 'round' }, head, this.#list);
    for (const member of sortMembers(members, names)) this.#rowOf(member);
    this.#summarize();
  }

  get summary(): string {
    return `${this.#title}: ${this.#counts()}.`;
  }

  note(receipt: Receipt): void {
    this.#rowOf(receipt).note(receipt, performance.now() - this.#startedAt);
    this.#summarize();
  }

  /** No more receipts come. A member that had left before the event was sent is removed. */
  end(receipts: readonly Receipt[]): void {
    const waitedFor = new Set(receipts.map(({ memberId }) => memberId));
    for (const [memberId, row] of this.#rows)
      if (!waitedFor.has(memberId)) {
        row.element.remove();
        this.#rows.delete(memberId);
      }
    this.#summarize();
  }

  /** The names may have changed. */
  refresh(): void {
    for (const row of this.#rows.values()) row.refresh();
  }

  #rowOf(member: Member): ReceiptRow {
    const known = this.#rows.get(member.memberId);
    if (known) return known;
    const made = new ReceiptRow(member, this.#names);
    this.#rows.set(member.memberId, made);
    this.#list.append(made.element);
    return made;
  }

  #counts(): string {
    const states = [...this.#rows.values()].map(({ state }) => state);
    const counts = SUMMARY_WORDS.map(([state, words]) => {
      const count = states.filter((it) => it === state).length;
      return count > 0 ? `${count} ${words}` : '';
    });
    return counts.filter(Boolean).join(', ') || 'no tab was open';
  }

  #summarize(): void {
    setText(this.#summary, this.#counts());
    this.#changed();
  }
}
