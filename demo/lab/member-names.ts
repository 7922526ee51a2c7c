import type { Member, Receipt } from 'ackline';
import type { FanOutEvents, Introduction } from './open-fan-out.ts';

const ASK_MS = 1_000;
const AGAIN_MS = 1_000;

/** The names of the tabs, by the random ids of the members. Each tab is asked when it is first seen. */
export class MemberNames {
  readonly #events: FanOutEvents;
  readonly #changed: () => void;
  /** Includes members that have left, because their receipts are still shown. */
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

  /** The present members. */
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
      // A member that joined meanwhile, or was too busy to answer, is asked again.
      if (this.#hasStrangers()) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
    this.#isAsking = false;
  }

  #hasStrangers(): boolean {
    return this.#members.some(({ memberId, isSelf }) => !isSelf && !this.#names.has(memberId));
  }
}
