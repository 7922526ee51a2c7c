import type { Connection } from '../database/connection.ts';
import { PARKED_AT } from '../schema/schema.ts';
import { ofQueue, ofQueueFrom } from './claim-table.ts';

/** How many new segments one scan reads to find their queues. If there are more, it requests each queue separately. */
const MOST_NEW = 32;
/** How many keys of waiting events, and of delayed payloads, one scan reads. Where there are more, it does the same. */
const MOST_WAITING = 512;
/** How many queues one transaction requests. */
const QUEUES_AT_ONCE = 256;

const NUMBERS = Number.MAX_SAFE_INTEGER;

/** The result of one scan for many queues. */
export interface DatabaseScan {
  /** The scan covered every segment with a lower number. */
  readonly nextSeq: number;
  /** The queues that have a new segment, or a delayed event that a context holds. */
  readonly touched: ReadonlySet<string>;
  /** When the first waiting event of each queue is due. A queue without an entry has no waiting event. */
  readonly firstDueAt: ReadonlyMap<string, number>;
  /** The scan covered every queue of the database, not only the requested ones. */
  readonly isWhole: boolean;
  /** The scan covered the delayed events that contexts hold. */
  readonly isLateKnown: boolean;
}

type ReturnedKey = [queue: string, dueAt: number, seq: number, at: number | string];

/**
 * Scans for new events of many queues. `asked` has the number of the first segment that would be new for each queue.
 * `lateQueues` keeps the queue of each held delayed event by id, so that its payload is read once. The scan takes two
 * read-only transactions where few events have come. It holds no lock that another context waits for.
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
  // IndexedDB returns the keys in their order.
  if (!isWaitingCut)
    for (const [queue, dueAt] of waiting)
      if (!firstDueAt.has(queue) && dueAt < PARKED_AT) firstDueAt.set(queue, dueAt);
  if (isAddedCut || isWaitingCut)
    for (const { queue, isTouched, dueAt } of await askEach(connection, asked)) {
      if (isTouched) touched.add(queue);
      if (dueAt !== undefined && dueAt < PARKED_AT) firstDueAt.set(queue, dueAt);
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

/** Reads the queues of these segments and of these delayed events. */
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
    // A row that is missing was settled since its key was read.
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
  /** Undefined if no event waits. */
  readonly dueAt: number | undefined;
}

/** Takes two requests for each queue, where the stores hold too many rows to read all keys. */
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
