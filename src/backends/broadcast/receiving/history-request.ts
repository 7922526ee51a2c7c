import type { Stop } from '../../../core/runtime.ts';
import { afterListening } from '../members/after-listening.ts';
import type { Membership } from '../members/membership.ts';
import { REPAIR_ANSWER_MS } from './gap-repair.ts';

/**
 * Asks for the history of a channel that was joined just now: waits for those who may have one to say so, asks the
 * first that has, and waits for his answer. Ends when it has come, when nobody has one, or after {@link REPAIR_ANSWER_MS}.
 */
export class HistoryRequest {
  readonly #membership: Membership;
  readonly #channel: string;
  readonly #count: number;
  readonly #onNone: () => void;
  readonly #stop: Stop;
  /** Who has said whether he has one. */
  readonly #heard = new Set<string>();
  /** Who is to say so; undefined: it is not known yet. */
  #expected: readonly string[] | undefined;
  /** Who was asked. */
  #memberId: string | undefined;

  constructor(membership: Membership, channel: string, count: number, onNone: () => void) {
    this.#membership = membership;
    this.#channel = channel;
    this.#count = count;
    this.#onNone = onNone;
    this.#stop = afterListening(membership.runtime, REPAIR_ANSWER_MS, onNone);
  }

  expect(memberIds: readonly string[]): void {
    this.#expected = memberIds;
    this.#endIfNone();
  }

  hear(memberId: string, hasHistory: boolean): void {
    if (this.#memberId !== undefined) return;
    this.#heard.add(memberId);
    if (!hasHistory) return this.#endIfNone();
    this.#memberId = memberId;
    const channel = this.#channel;
    this.#membership.post({ kind: 'recall', to: memberId, channel, count: this.#count });
  }

  isFrom(memberId: string): boolean {
    return this.#memberId === memberId;
  }

  end(): void {
    this.#stop();
  }

  #endIfNone(): void {
    const isNone = this.#expected?.every((memberId) => this.#heard.has(memberId));
    if (this.#memberId === undefined && isNone) this.#onNone();
  }
}
