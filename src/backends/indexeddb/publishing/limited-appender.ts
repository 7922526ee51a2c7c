import { ignore } from '../../../core/runtime/ignore.ts';
import {
  backlogError,
  backlogLimitsOf,
  dropsFor,
  type Waiting,
  waitingIn,
} from '../../../queue/backlog-limits.ts';
import type { NewEvent } from '../../../queue/event-store.ts';
import { GroupCommit } from '../../../queue/group-commit.ts';

type Batch = readonly NewEvent[];

/** The waiting events of the channels. */
export interface Backlog {
  readonly count: (channel: string) => Promise<Waiting>;
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
    const waiting = new Map<string, Waiting>();
    const errors: unknown[] = [];
    for (const events of batches)
      errors.push(await this.#makeRoom(events, waiting).catch((failure: unknown) => failure));
    // All at once, so that they are one commit.
    const store = (events: Batch) => this.#append(events).then(ignore, itself);
    return Promise.all(batches.map((events, index) => errors[index] ?? store(events)));
  }

  /** Rejects where there is no room. `waiting`: what waits in each channel. Events of earlier batches count as scheduled. */
  async #makeRoom(events: Batch, waiting: Map<string, Waiting>): Promise<void> {
    const limits = backlogLimitsOf(events);
    const counted = [];
    for (const limit of limits) {
      const stats = waiting.get(limit.channel) ?? (await this.#backlog.count(limit.channel));
      counted.push({ limit, stats });
    }
    for (const { limit, stats } of counted) waiting.set(limit.channel, stats);
    for (const { channel, count } of dropsFor(counted)) await this.#drop(channel, count, waiting);
    for (const limit of limits) {
      const { ready, scheduled } = waiting.get(limit.channel) as Waiting;
      const error = backlogError(limit, ready + scheduled);
      if (error) throw error;
      waiting.set(limit.channel, { ready, scheduled: scheduled + limit.added });
    }
  }

  /**
   * It counts, because a drop also buries expired events and takes lapsed leases back. An event that is dropped lets the next one of
   * its key follow, so one drop may not be enough.
   */
  async #drop(channel: string, limit: number, waiting: Map<string, Waiting>): Promise<void> {
    let before = waitingIn(await this.#backlog.count(channel));
    for (let left = limit; left > 0; ) {
      await this.#backlog.drop(channel, left);
      const after = waitingIn(await this.#backlog.count(channel));
      const dropped = before - after;
      const { ready, scheduled } = waiting.get(channel) as Waiting;
      waiting.set(channel, { ready: ready - dropped, scheduled });
      // Other contexts may publish meanwhile.
      if (dropped <= 0) return;
      left -= dropped;
      before = after;
    }
  }
}

function itself(failure: unknown): unknown {
  return failure;
}
