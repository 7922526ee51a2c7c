import { ROW_VERSION } from './row-version.ts';
import { BLOCKED_AT, PARKED_AT, type Position, type WaitingRow } from './schema.ts';

/**
 * The rows of store `returned` by which the keys of a queue keep their order.
 *
 * - A parked row is an event that its key holds back. A claim that meets the event adds the row, and a later claim takes it.
 * - A freed row lists keys of which an event has ended. The change of the claim that ended the events adds it, so that nothing
 *   is read there. It is due at once, before all events. The next claim takes the first parked event of each key and deletes
 *   the row. Claims run one after the other, so a claim that parks an event and a claim that handles a freed row cannot pass
 *   each other.
 * - A block row comes before all events of its key, so that each of them is parked. `releaseKey` replaces it by a freed row.
 */
const BEFORE_ALL = -1;

/** `name`: unique to the write. A freed row is written once, so that no deletion of a claim meets a newer row. */
export function freedRowOf(queue: string, name: string, freed: readonly string[]): WaitingRow {
  const row = { v: ROW_VERSION, queue, dueAt: 0, attempts: 0 };
  return { ...row, seq: BEFORE_ALL, at: `:${name}`, freed };
}

/** As {@link freedRowOf}, for events that may have ended and hold others back. */
export function endedRowOf(queue: string, name: string, ended: readonly string[]): WaitingRow {
  const { freed, ...row } = freedRowOf(queue, `after ${name}`, []);
  return { ...row, ended };
}

/** The rows that a commit of events adds which others hold back: what they wait for may have ended before. One for each queue. */
export function endedRowsOf(waiting: readonly WaitingRow[]): WaitingRow[] {
  const byQueue = new Map<string, WaitingRow>();
  for (const { queue, at, heldBy } of waiting)
    if (heldBy !== undefined) {
      const row = byQueue.get(queue) ?? endedRowOf(queue, String(at), []);
      byQueue.set(queue, { ...row, ended: [...(row.ended ?? []), heldBy] });
    }
  return [...byQueue.values()];
}

/** The freed rows of a queue. */
export function freedRange(queue: string): IDBKeyRange {
  return IDBKeyRange.bound([queue, 0, BEFORE_ALL], [queue, 0, BEFORE_ALL, []]);
}

/** No random id begins with a colon, so that `at` is not the id of a delayed event. */
export function blockRowOf(queue: string, key: string): WaitingRow {
  const row = { v: ROW_VERSION, queue, dueAt: BLOCKED_AT, attempts: 0 };
  return { ...row, seq: BEFORE_ALL, at: `:${key}`, key };
}

/** The rows that block keys of a queue. */
export function blockedRange(queue: string): IDBKeyRange {
  return IDBKeyRange.bound([queue, BLOCKED_AT], [queue, BLOCKED_AT, []]);
}

/** The row of an event that its key holds back. `row`: its waiting row, if it has one. */
export function parkedRowOf(
  queue: string,
  event: Position & Partial<Omit<WaitingRow, 'v' | 'queue' | 'dueAt' | 'since'>>,
): WaitingRow {
  const { seq, at, attempts = 0, availableAt, lastError, key, blocks, retentionMs } = event;
  return {
    ...{ v: ROW_VERSION, queue, dueAt: PARKED_AT, seq, at, attempts },
    ...(availableAt !== undefined && { availableAt }),
    ...(lastError && { lastError }),
    ...(key !== undefined && { key }),
    ...(blocks && { blocks }),
    ...(retentionMs && { retentionMs }),
    ...(event.isDelivered && { isDelivered: true }),
  };
}
