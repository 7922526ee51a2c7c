import { ignore } from '../../../core/ignore.ts';
import { backlogError, backlogLimitsOf, countToDrop } from '../../../queue/backlog-limits.ts';
import type { NewEvent } from '../../../queue/event-store.ts';
import { GroupCommit } from '../../../queue/group-commit.ts';

type Batch = readonly NewEvent[];

/** The waiting events of the channels. */
export interface Backlog {
  readonly count: (channel: string) => Promise<number>;
  /** Makes dead letters of the next `limit` due events, or of none if fewer are due. */
  readonly drop: (channel: string, limit: number) => Promise<unknown>;
}

/**
 * Stores events whose channels have a limit on waiting events. It counts and then appends, one group of calls after the
 * other, so that calls of this context never exceed a limit together. An append adds no epoch, since it would then compete
 * with claims. So contexts that publish at the same time may exceed the limit by one group each.
 */
export class LimitedAppender {
  readonly #append: (events: Batch) => Promise<unknown>;
  readonly #backlog: Backlog;
  /** The answer of a call is its error. */
  readonly #group: GroupCommit<Batch, unknown> = new GroupCommit((batches: readonly Batch[]) =>
    this.#commit(batches),
  );

  constructor(append: (events: Batch) => Promise<unknown>, backlog: Backlog) {
    this.#append = append;
    this.#backlog = backlog;
  }

  /** Undefined where no event has a limit. */
  append(events: Batch): Promise<void> | undefined {
    return backlogLimitsOf(events).length > 0 ? this.#appendLimited(events) : undefined;
  }

  async #appendLimited(events: Batch): Promise<void> {
    const error = await this.#group.add(events);
    if (error) throw error;
  }

  async #commit(batches: readonly Batch[]): Promise<unknown[]> {
    const waiting = new Map<string, number>();
    const errors: unknown[] = [];
    for (const events of batches)
      errors.push(await this.#makeRoom(events, waiting).catch((failure: unknown) => failure));
    // All at once, so that they are one commit.
    const store = (events: Batch) => this.#append(events).then(ignore, itself);
    return Promise.all(batches.map((events, index) => errors[index] ?? store(events)));
  }

  /** Resolves with the error of the batch. `waiting`: how many events wait in each channel, those of earlier batches included. */
  async #makeRoom(events: Batch, waiting: Map<string, number>): Promise<unknown> {
    const limits = backlogLimitsOf(events);
    for (const limit of limits) {
      const { channel } = limit;
      const counted = waiting.get(channel) ?? (await this.#backlog.count(channel));
      const surplus = countToDrop(limit, counted);
      const dropped = surplus > 0 ? await this.#drop(channel, surplus) : 0;
      waiting.set(channel, counted - dropped);
      const error = backlogError(limit, counted - dropped);
      if (error) return error;
    }
    for (const { channel, added } of limits)
      waiting.set(channel, (waiting.get(channel) ?? 0) + added);
    return undefined;
  }

  /** Resolves with how many fewer events wait then. It counts, because a drop also buries expired events and takes lapsed leases back. */
  async #drop(channel: string, limit: number): Promise<number> {
    const before = await this.#backlog.count(channel);
    await this.#backlog.drop(channel, limit);
    return before - (await this.#backlog.count(channel));
  }
}

function itself(failure: unknown): unknown {
  return failure;
}
