import { clockShift } from '../../core/clock-shift.ts';
import { groupOfQueue } from '../../core/queue-name.ts';
import type { NewEvent } from '../../queue/event-store.ts';
import { noGroupError } from '../../queue/group-queues.ts';
import { Lane } from './lane.ts';

/** An empty lane is dropped if the store keeps more lanes than this. */
const MAX_EMPTY = 64;

/** The lanes of one store, by queue: one for each channel, and one for each group as long as it exists. */
export class Lanes extends Map<string, Lane> {
  /** By channel, the queues of its groups in the order of their creation. A channel without groups has no entry. */
  readonly groupQueues: Map<string, readonly string[]> = new Map();
  /** The latest time that the clock has shown since it was last set back. */
  #latest = Number.NEGATIVE_INFINITY;

  /** The channel's lane, or an empty one that is not kept. Throws if the queue is that of a group which does not exist. */
  of(channel: string): Lane {
    const lane = this.get(channel);
    if (!lane && groupOfQueue(channel) !== undefined) throw noGroupError(channel);
    return lane ?? new Lane();
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

  /** A copy of a published event for each group of its channel. The payload is not copied. */
  copiesOf(event: NewEvent): NewEvent[] {
    const queues = this.groupQueues.get(event.channel) ?? [];
    return queues.map((channel) => ({ ...event, channel }));
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
