import type { Member, Receipt } from 'ackline';
import type { FanOutEvents, Introduction } from './open-fan-out.ts';

const ASK_MS = 1_000;
const AGAIN_MS = 1_000;

/** What the tabs are called that the members' random ids stand for: each is asked when it is first seen. */
export class MemberNames {
  readonly #events: FanOutEvents;
  readonly #changed: () => void;
  /** Also of those who went: their receipts are still shown. */
  readonly #names = new Map<string, string>();
  #members: readonly Member[] = [];
  #isAsking = false;

  constructor(events: FanOutEvents, changed: () => void) {
    this.#events = events;
    this.#changed = changed;
  }

  nameOf(memberId: string): string {
    return this.#names.get(memberId) ?? `${memberId.slice(0, 8)}…`;
  }

  set(memberId: string, name: string): void {
    if (this.#names.get(memberId) === name) return;
    this.#names.set(memberId, name);
    this.#changed();
  }

  /** These are there now. */
  learn(members: readonly Member[]): void {
    this.#members = members;
    if (!this.#isAsking) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    while (this.#hasStrangers()) {
      const onReceipt = ({ memberId, reply }: Receipt<Introduction>) => {
        if (reply) this.set(memberId, reply.name);
      };
      const terms = { self: false, timeoutMs: ASK_MS, onReceipt };
      await this.#events.publishConfirmed('tab.introduce', null, null, terms);
      // Whoever came meanwhile, or is too busy to answer, is asked again.
      if (this.#hasStrangers()) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
    this.#isAsking = false;
  }

  #hasStrangers(): boolean {
    return this.#members.some(({ memberId, isSelf }) => !isSelf && !this.#names.has(memberId));
  }
}
