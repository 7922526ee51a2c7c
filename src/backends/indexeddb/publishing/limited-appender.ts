import { type BacklogLimit, backlogError, backlogLimitsOf } from '../../../queue/backlog-limits.ts';
import type { NewEvent } from '../../../queue/event-store.ts';
import { GroupCommit } from '../../../queue/group-commit.ts';

type Batch = readonly NewEvent[];

/**
 * Stores events whose channels have a limit on waiting events. It counts and then appends, one group of calls after the
 * other, so that calls of this context never exceed a limit together. An append adds no epoch, since it would then compete
 * with claims. So contexts that publish at the same time may exceed the limit by one group each.
 */
export class LimitedAppender {
  readonly #append: (events: Batch) => Promise<unknown>;
  readonly #countWaiting: (channel: string) => Promise<number>;
  /** The answer of a call is its error. */
  readonly #group: GroupCommit<Batch, unknown> = new GroupCommit((batches: readonly Batch[]) =>
    this.#commit(batches),
  );

  constructor(
    append: (events: Batch) => Promise<unknown>,
    countWaiting: (channel: string) => Promise<number>,
  ) {
    this.#append = append;
    this.#countWaiting = countWaiting;
  }

  async append(events: Batch): Promise<void> {
    const error = await this.#group.add(events);
    if (error) throw error;
  }

  async #commit(batches: readonly Batch[]): Promise<unknown[]> {
    const waiting = new Map<string, number>();
    for (const { channel } of backlogLimitsOf(batches.flat()))
      waiting.set(channel, await this.#countWaiting(channel));
    const waitingIn = ({ channel }: BacklogLimit) => waiting.get(channel) ?? 0;
    return Promise.all(
      batches.map((events) => {
        const limits = backlogLimitsOf(events);
        const error = limits.map((limit) => backlogError(limit, waitingIn(limit))).find(Boolean);
        if (error) return error;
        for (const limit of limits) waiting.set(limit.channel, waitingIn(limit) + limit.added);
        return this.#append(events).then(
          () => undefined,
          (failure: unknown) => failure,
        );
      }),
    );
  }
}
