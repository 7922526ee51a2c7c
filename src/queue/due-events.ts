import { type DueEvent, DueLevel } from './due-level.ts';
import { agedPlaces } from './split-claim.ts';

/**
 * The due events of one channel, by priority. Invariant: `levels` is in descending order of priority, and has the level of
 * priority 0 at all times.
 */
export class DueEvents<E extends DueEvent> {
  /** The events without a priority. */
  readonly plain: DueLevel<E> = new DueLevel(0);
  readonly levels: DueLevel<E>[] = [this.plain];
  /** Places since the last one that went to the oldest event. */
  #sinceAged = 0;

  get size(): number {
    return this.levels.reduce((sum, { size }) => sum + size, 0);
  }

  levelOf({ event: { priority = 0 } }: E): DueLevel<E> {
    if (priority === 0) return this.plain;
    const index = this.levels.findIndex((level) => level.priority <= priority);
    const known = this.levels[index];
    if (known?.priority === priority) return known;
    const level = new DueLevel<E>(priority);
    this.levels.splice(index < 0 ? this.levels.length : index, 0, level);
    return level;
  }

  /** Removes and returns up to `limit` events in the order of their delivery. */
  takeNext(limit: number): E[] {
    if (this.levels.length === 1) return this.plain.takeNext(limit);
    const levels = this.levels.filter(({ size }) => size > 0);
    const taken: E[] = [];
    if (levels.length > 1 && this.size > limit) {
      const aged = agedPlaces(limit, this.#sinceAged);
      this.#sinceAged = aged.sinceAged;
      for (let count = 0; count < aged.places; count += 1)
        taken.push(oldestOf(levels).takeOldest());
    }
    for (const level of levels) taken.push(...level.takeNext(limit - taken.length));
    return taken.sort(inOrderOfDelivery);
  }
}

/** The level whose oldest event is the oldest of all. */
function oldestOf<E extends DueEvent>(levels: readonly DueLevel<E>[]): DueLevel<E> {
  return levels.reduce((oldest, level) =>
    level.oldestOrder < oldest.oldestOrder ? level : oldest,
  );
}

/** The highest priority first, then commit order. */
export function inOrderOfDelivery(a: DueEvent, b: DueEvent): number {
  return (b.event.priority ?? 0) - (a.event.priority ?? 0) || a.order - b.order;
}
