import type { Connection } from '../database/connection.ts';
import { ofQueue, ofQueueFrom } from './claim-table.ts';

/** New segments that one scan reads to learn whose they are. Where there are more, each queue is asked for by itself. */
const MOST_NEW = 32;
/** Keys of waiting events, and of delayed payloads, that one scan takes in; the same holds where there are more. */
const MOST_WAITING = 512;
/** Queues that one transaction asks for. */
const QUEUES_AT_ONCE = 256;

const NUMBERS = Number.MAX_SAFE_INTEGER;

/** What one scan found out about many queues. */
export interface DatabaseScan {
  /** Every segment with a lower number was taken in. */
  readonly nextSeq: number;
  /** Queues that have a new segment, or a delayed event that some context holds. */
  readonly touched: ReadonlySet<string>;
  /** By queue, when the first of its waiting events is due. A queue that is not named has none. */
  readonly firstDueAt: ReadonlyMap<string, number>;
  /** It tells of every queue of the database, and not just of those that were asked for. */
  readonly isWhole: boolean;
  /** Delayed events that contexts hold were taken in. */
  readonly isLateKnown: boolean;
}

type ReturnedKey = [queue: string, dueAt: number, seq: number, at: number | string];

/**
 * Scans for events that have come, of all queues at once. `asked`: by queue, the number of the first segment that
 * would be new. `lateQueues` keeps by id the queue of each delayed event that is held, so that its payload is read
 * once. Two read-only transactions where little has come; nothing waits on them.
 */
export async function scanDatabase(
  connection: Connection,
  asked: ReadonlyMap<string, number>,
  lateQueues: Map<string, string>,
): Promise<DatabaseScan> {
  const from = [...asked.values()].reduce((least, seq) => Math.min(least, seq), NUMBERS);
  const found = await connection.read(['segments', 'returned', 'late'], (tx) => ({
    newest: tx.objectStore('segments').openKeyCursor(IDBKeyRange.upperBound(NUMBERS), 'prev'),
    added: tx.objectStore('segments').getAllKeys(IDBKeyRange.bound(from, NUMBERS), MOST_NEW + 1),
    waiting: tx.objectStore('returned').getAllKeys(null, MOST_WAITING + 1),
    late: tx.objectStore('late').getAllKeys(null, MOST_WAITING + 1),
  }));
  const added = found.added.result as number[];
  const waiting = found.waiting.result as ReturnedKey[];
  const late = found.late.result as string[];
  const isAddedCut = added.length > MOST_NEW;
  const isWaitingCut = waiting.length > MOST_WAITING;
  const isLateKnown = !isWaitingCut && late.length <= MOST_WAITING;
  const waitingIds = new Set(waiting.map(([, , , at]) => at));
  const held = isLateKnown ? late.filter((id) => !waitingIds.has(id)) : [];
  const touched = await readQueues(connection, isAddedCut ? [] : added, held, lateQueues);
  const firstDueAt = new Map<string, number>();
  // The keys are in order.
  if (!isWaitingCut)
    for (const [queue, dueAt] of waiting) if (!firstDueAt.has(queue)) firstDueAt.set(queue, dueAt);
  if (isAddedCut || isWaitingCut)
    for (const { queue, isTouched, dueAt } of await askEach(connection, asked)) {
      if (isTouched) touched.add(queue);
      if (dueAt !== undefined) firstDueAt.set(queue, dueAt);
    }
  const newest = found.newest.result?.key as number | undefined;
  return {
    nextSeq: Math.max(from, (newest ?? 0) + 1),
    touched,
    firstDueAt,
    isWhole: !isAddedCut && !isWaitingCut,
    isLateKnown,
  };
}

/** Whose these segments, and these delayed events, are. */
async function readQueues(
  connection: Connection,
  segments: readonly number[],
  late: readonly string[],
  lateQueues: Map<string, string>,
): Promise<Set<string>> {
  const isHeld = new Set(late);
  for (const id of lateQueues.keys()) if (!isHeld.has(id)) lateQueues.delete(id);
  const unknown = late.filter((id) => !lateQueues.has(id));
  const touched = new Set<string>();
  if (segments.length + unknown.length > 0) {
    const { rows, lateRows } = await connection.read(['segments', 'late'], (tx) => ({
      rows: segments.map((seq) => tx.objectStore('segments').get(seq)),
      lateRows: unknown.map((id) => tx.objectStore('late').get(id)),
    }));
    // A row that is gone meanwhile was settled meanwhile.
    for (const { result } of rows) if (result) touched.add(result.queue);
    for (const [index, { result }] of lateRows.entries())
      if (result) lateQueues.set(unknown[index] as string, result.queue);
  }
  for (const queue of lateQueues.values()) touched.add(queue);
  return touched;
}

interface QueueAnswer {
  readonly queue: string;
  readonly isTouched: boolean;
  /** Undefined where nothing waits. */
  readonly dueAt: number | undefined;
}

/** Where the stores hold too much to be read whole: two requests a queue. */
async function askEach(
  connection: Connection,
  asked: ReadonlyMap<string, number>,
): Promise<QueueAnswer[]> {
  const queues = [...asked];
  const answers: QueueAnswer[] = [];
  for (let first = 0; first < queues.length; first += QUEUES_AT_ONCE) {
    const some = queues.slice(first, first + QUEUES_AT_ONCE);
    const found = await connection.read(['segments', 'returned'], (tx) =>
      some.map(([queue, from]) => ({
        added: tx.objectStore('segments').index('fresh').getKey(ofQueueFrom(queue, from)),
        waiting: tx.objectStore('returned').getKey(ofQueue(queue)),
      })),
    );
    for (const [index, { added, waiting }] of found.entries()) {
      const [queue] = some[index] as (typeof some)[number];
      const dueAt = (waiting.result as ReturnedKey | undefined)?.[1];
      answers.push({ queue, isTouched: added.result !== undefined, dueAt });
    }
  }
  return answers;
}
