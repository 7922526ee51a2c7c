import { freshSegments, type QueueView } from './queue-view.ts';
import { eventOfSegment, type StoredEvent } from './rows.ts';
import type { EpochRow, History, Position, ReturnedRow } from './schema.ts';
import { comparePositions } from './spans.ts';

/** An event that is to be claimed. `event` is there where the look has already brought it. */
export interface Chosen extends Position, History {
  readonly event?: StoredEvent;
  /** The row that says that it waits; it goes with the claim. */
  readonly returned?: ReturnedRow;
  /** How many events its segment has, where the look has brought it. */
  readonly segmentSize?: number;
}

export interface Choice {
  readonly chosen: readonly Chosen[];
  readonly cursor: EpochRow['cursor'];
}

/** The next `limit` due events in commit order, and where the cursor is to go. Pure. */
export function chooseEvents(view: QueueView, limit: number): Choice {
  const due = view.due.toSorted(comparePositions);
  const fresh = freshEvents(view);
  const chosen: Chosen[] = [];
  let { cursor } = view.newest;
  let nextFresh = fresh.next().value;
  for (let nextDue = 0; chosen.length < limit; ) {
    const returned = due[nextDue];
    if (returned && (!nextFresh || comparePositions(returned, nextFresh.chosen) < 0)) {
      chosen.push(chosenAgain(returned));
      nextDue += 1;
    } else if (nextFresh) {
      chosen.push(nextFresh.chosen);
      cursor = nextFresh.cursor;
      nextFresh = fresh.next().value;
    } else break;
  }
  return { chosen, cursor };
}

function chosenAgain(returned: ReturnedRow): Chosen {
  const { queue, dueAt, ...rest } = returned;
  return { ...rest, returned };
}

function* freshEvents(
  view: QueueView,
): Generator<{ chosen: Chosen; cursor: EpochRow['cursor'] }, undefined> {
  const { cursor } = view.newest;
  for (const row of freshSegments(view)) {
    const { seq } = row;
    const segmentSize = row.ids.length;
    for (let at = seq === cursor.seq ? cursor.at : 0; at < segmentSize; at += 1) {
      const isLast = at + 1 === segmentSize;
      yield {
        chosen: { seq, at, attempts: 0, event: eventOfSegment(row, at), segmentSize },
        cursor: isLast ? { seq: seq + 1, at: 0 } : { seq, at: at + 1 },
      };
    }
  }
}
