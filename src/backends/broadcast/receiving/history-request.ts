import type { Stop } from '../../../core/runtime/runtime.ts';
import type { Membership } from '../members/membership.ts';
import { answerTimeout } from '../wire/answer-timeout.ts';
import type { SizedEvent } from '../wire/messages.ts';
import { costOf } from './byte-budget.ts';
import { REPAIR_ANSWER_MS } from './gap-repair.ts';

/**
 * Requests the history of a channel that this context has just joined. It waits until a member offers a history, and
 * asks the first that does. It ends when the history has come, when no member has one, or after
 * {@link REPAIR_ANSWER_MS}. Meanwhile it holds the events that are received, because those of the history go first.
 */
export class HistoryRequest {
  readonly #membership: Membership;
  readonly #channel: string;
  readonly #count: number;
  readonly #onNone: () => void;
  readonly #stop: Stop;
  readonly #waiting: SizedEvent[] = [];
  /** Members that have said whether they have a history. */
  readonly #answered = new Set<string>();
  /** The members of the channel. Undefined until they are known. */
  #expected: readonly string[] | undefined;
  /** The number of the question, once a member was asked. */
  question: number | undefined;
  /** What the events that wait take of the budget. */
  waitingCost = 0;

  constructor(membership: Membership, channel: string, count: number, onNone: () => void) {
    this.#membership = membership;
    this.#channel = channel;
    this.#count = count;
    this.#onNone = onNone;
    this.#stop = answerTimeout(membership.runtime, REPAIR_ANSWER_MS, onNone);
  }

  expect(memberIds: readonly string[]): void {
    this.#expected = memberIds;
    this.#endIfNone();
  }

  receive(memberId: string, hasHistory: boolean): void {
    if (this.question !== undefined) return;
    this.#answered.add(memberId);
    if (!hasHistory) return this.#endIfNone();
    const [channel, count] = [this.#channel, this.#count];
    this.question = this.#membership.postQuestion({ kind: 'recall', to: memberId, channel, count });
  }

  hold(sized: SizedEvent): void {
    this.#waiting.push(sized);
    this.waitingCost += costOf(sized.bytes);
  }

  /** Returns the events that have waited. */
  end(): readonly SizedEvent[] {
    this.#stop();
    this.waitingCost = 0;
    return this.#waiting.splice(0);
  }

  #endIfNone(): void {
    const isNone = this.#expected?.every((memberId) => this.#answered.has(memberId));
    if (this.question === undefined && isNone) this.#onNone();
  }
}
