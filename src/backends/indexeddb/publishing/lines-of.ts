import type { NewEvent } from '../../../queue/event-store.ts';
import { isDelayed } from '../schema/event-rows.ts';
import { rankOf } from '../schema/schema.ts';

interface Line {
  readonly store: 'late' | 'returned';
  /** The beginning of the keys of its events. The next part of a key is the position. */
  readonly line: readonly [queue: string, keyOrRank: string | number];
}

/** The groups of events in which a position decides the order: those of a key, and those of a priority that are due. */
export function linesOf(delayed: readonly NewEvent[]): Iterable<Line> {
  const lines = new Map<string, Line>();
  for (const event of delayed) {
    const { channel, key, priority } = event;
    const isRanked = Boolean(priority) && !isDelayed(event);
    if (key !== undefined) lines.set(`${channel} ${key}`, { store: 'late', line: [channel, key] });
    else if (isRanked)
      lines.set(`${channel}\n${priority}`, {
        store: 'returned',
        line: [channel, rankOf(priority)],
      });
  }
  return lines.values();
}
