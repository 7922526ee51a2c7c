import { clockShift } from '../../core/clock-shift.ts';
import { Lane } from './lane.ts';

/** An empty lane is dropped if the store keeps more lanes than this. */
const MAX_EMPTY = 64;

/** The lanes of one store, by channel. */
export class Lanes extends Map<string, Lane> {
  /** The latest time that the clock has shown since it was last set back. */
  #latest = Number.NEGATIVE_INFINITY;

  /** The channel's lane, or an empty one that is not kept. */
  of(channel: string): Lane {
    return this.get(channel) ?? new Lane();
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

  dropIfEmpty(channel: string): void {
    if (this.size > MAX_EMPTY && this.of(channel).isEmpty) this.delete(channel);
  }
}
