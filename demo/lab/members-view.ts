import type { Member } from 'ackline';
import { element, formatCount, setText } from '../dom.ts';
import type { MemberNames } from './member-names.ts';

/** The members that receive the events, this tab first. */
export class MembersView {
  readonly element: HTMLElement;
  readonly #names: MemberNames;
  readonly #count = element('p', { class: 'quiet', 'data-testid': 'member-count' }, '…');
  readonly #list = element('ul', { class: 'members', 'aria-label': 'Open tabs' });
  #members: readonly Member[] = [];

  constructor(names: MemberNames) {
    this.#names = names;
    this.element = element('div', { class: 'who' }, this.#count, this.#list);
  }

  show(members: readonly Member[]): void {
    this.#members = members;
    this.refresh();
  }

  /** The names may have changed. */
  refresh(): void {
    const { length } = this.#members;
    setText(this.#count, length === 1 ? '1 tab' : `${formatCount(length)} tabs`);
    this.#list.replaceChildren(
      ...sortMembers(this.#members, this.#names).map((member) => this.#row(member)),
    );
  }

  #row({ memberId, isSelf }: Member): HTMLElement {
    const row = element(
      'li',
      { 'data-testid': 'member', 'data-member-id': memberId },
      element('strong', { 'data-testid': 'member-name' }, this.#names.nameOf(memberId)),
    );
    if (isSelf) row.append(selfMark());
    return row;
  }
}

export function sortMembers(members: readonly Member[], names: MemberNames): Member[] {
  return members.toSorted(
    (left, right) =>
      Number(right.isSelf) - Number(left.isSelf) ||
      names.nameOf(left.memberId).localeCompare(names.nameOf(right.memberId)),
  );
}

/** Marks this tab. */
export function selfMark(): HTMLElement {
  return element('span', { class: 'self-mark', 'data-testid': 'self-mark' }, 'this tab');
}
