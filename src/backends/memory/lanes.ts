import { groupOfQueue } from '../../core/options/queue-name.ts';
import { clockShift } from '../../core/runtime/clock-shift.ts';
import type { Runtime } from '../../core/runtime/runtime.ts';
import type { NewEvent } from '../../queue/event-store.ts';
import { noGroupError } from '../../queue/group-queues.ts';
import { Lane } from './lane.ts';

/** An empty lane is dropped if the store keeps more lanes than this. */
const MAX_EMPTY = 64;

/** The lanes of one store, by queue: one for each channel, and one for each group as long as it exists. */
export class Lanes extends Map<string, Lane> {
  /** By channel, the queues of its groups in the order of their creation. A channel without groups has no entry. */
  readonly groupQueues: Map<string, readonly string[]> = new Map();
  /** The channels whose plain queue gets no more events. Each of them has a group. */
  readonly withoutPlain: Set<string> = new Set();
  /** The latest time that the clock has shown since it was last set back. */
  #latest = Number.NEGATIVE_INFINITY;

  /** The channel's lane, or an empty one that is not kept. Throws if the queue is that of a group which does not exist. */
  of(channel: string): Lane {
    const lane = this.get(channel);
    if (!lane && groupOfQueue(channel) !== undefined) throw noGroupError(channel);
    return lane ?? new Lane();
  }

  /** Keeps a lane for the queue from now on. */
  begin(queue: string): void {
    if (!this.has(queue)) this.set(queue, new Lane());
  }

  /** The channel's lane, which is kept from now on. */
  use(channel: string): Lane {
    const lane = this.of(channel);
    this.set(channel, lane);
    return lane;
  }

  /** If the clock was set back, the due times and leases of all stored events are moved. Returns the time of the clock. */
  followClock(now: number): number {
    const isSetBack = clockShift(this.#latest, now) < 0;
    if (isSetBack) for (const lane of this.values()) lane.followClock(now);
    this.#latest = isSetBack ? now : Math.max(this.#latest, now);
    return now;
  }

  /**
   * A published event for each queue of its channel: the plain queue, and a copy for each group. The payload is not copied.
   * Empty if the id of the event is remembered.
   */
  copiesOf(event: NewEvent, runtime: Runtime): Iterable<NewEvent> {
    const { channel, dedupe } = event;
    if (dedupe) {
      const now = this.followClock(runtime.now());
      if (this.use(channel).publishedIds.noteRepeat(event, now)) return [];
    }
    const queues = this.groupQueues.get(channel);
    if (!queues) return [event];
    const copies = queues.map((queue) => ({ ...event, channel: queue }));
    return this.#existing(this.withoutPlain.has(channel) ? copies : [event, ...copies]);
  }

  /** Those whose queue exists, when they are asked for: an observer of one may delete the group of the next. */
  *#existing(copies: readonly NewEvent[]): Iterable<NewEvent> {
    for (const copy of copies)
      if (groupOfQueue(copy.channel) === undefined || this.has(copy.channel)) yield copy;
  }

  /**
   * When the next event of a queue with nothing to claim is due, or null if none is. Throws if the queue is empty and the plain
   * queue of a channel that has ended it: no event will come.
   */
  nextDueAt(queue: string): number | null {
    const lane = this.of(queue);
    const nextDueAt = lane.nextDueAt();
    if (nextDueAt === null && lane.held.count + lane.due.size === 0 && this.withoutPlain.has(queue))
      throw noGroupError(queue);
    return nextDueAt;
  }

  /** Ends the block of a key. Returns whether the key was blocked. */
  release(channel: string, key: string): boolean {
    const isBlocked = this.of(channel).release(key);
    this.dropIfEmpty(channel);
    return isBlocked;
  }

  dropIfEmpty(channel: string): void {
    if (groupOfQueue(channel) === undefined && this.size > MAX_EMPTY && this.of(channel).isEmpty)
      this.delete(channel);
  }
}
