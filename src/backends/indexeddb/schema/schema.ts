import { type DBSchema, type IDBPDatabase, unwrap } from 'idb';
import type { DeadLetter, Failure, Metadata } from '../../../core/message.ts';
import type { QuarantineReason } from './quarantined-row.ts';

/**
 * The rows of one database. Payload rows (`segments`, `late`) are written once and deleted whole; everything
 * that changes lies in small rows beside them. docs/decisions/0001 tells why the layout is what it is.
 */

export const SCHEMA_VERSION = 4;

/**
 * Every row says by `v` which version wrote it. A row that means something else than it does here must carry a
 * greater one: libraries that do not know it leave it alone, see row-checks.ts.
 */
export const ROW_VERSION = 1;

interface Versioned {
  readonly v: number;
}

/** All events of one commit for one queue. Key: `seq`, from the key generator, so that key order is commit order. */
export interface SegmentRow extends Versioned {
  /** Set by the key generator. */
  readonly seq?: number;
  readonly queue: string;
  readonly ids: readonly string[];
  readonly payloads: readonly unknown[];
  /** Absent where all are null. */
  readonly metadata?: readonly (Metadata | null)[];
  readonly createdAt: readonly number[];
  /** About how much all of it takes. */
  readonly bytes: number;
  /** Absent where none was given; -1 where one was not. */
  readonly delays?: readonly number[];
}

/** One event that was published with a delay. Key: `id`. */
export interface DelayedPayloadRow extends Versioned {
  readonly id: string;
  readonly queue: string;
  readonly payload: unknown;
  readonly metadata: Metadata | null;
  readonly createdAt: number;
  readonly delayMs: number;
}

/**
 * Where an event lies. A number is an index into segment `seq`. A string is an id in `late`, and `seq` is then
 * its place among the segments: fractional, and good for order alone.
 */
export interface Position {
  readonly seq: number;
  readonly at: number | string;
}

/** What is known of an event that was delivered before, or was delayed. */
export interface AttemptHistory {
  readonly attempts: number;
  /** Absent: as published. */
  readonly availableAt?: number;
  readonly lastError?: Failure;
}

/**
 * An event that waits though the queue's cursor has passed it. Key: [queue, dueAt, seq, at], and not an index on it:
 * Chromium leaves index entries of deleted rows behind, and each look would have to pass over them.
 */
export interface WaitingRow extends Versioned, Position, AttemptHistory {
  readonly queue: string;
  /** Epoch milliseconds; 0 is due at once. */
  readonly dueAt: number;
  /** When `dueAt` was reckoned; absent where it is due at once, and in rows of version 1 of the schema. */
  readonly since?: number;
}

/** A time as `dueAt` may have it: 0 has a meaning of its own, and a clock may show a time before 1970. */
export function dueTime(ms: number): number {
  return Math.max(1, ms);
}

/** Neighbouring events of one claim that stand alike: `count` of one segment, and as many of each of the next. */
export interface HeldSpan extends Position, AttemptHistory {
  readonly count: number;
  /** Segments under consecutive numbers; absent: 1, as always before version 3 of the schema. */
  readonly segments?: number;
  readonly expiresAt: number;
}

/**
 * What one context holds by one claim. Key: [queue, epoch]. It first stands in the row of its epoch, and has one of its own
 * from its first change on, until it holds nothing.
 */
export interface ClaimRow extends Versioned {
  readonly queue: string;
  /** The fencing token of all its deliveries. */
  readonly epoch: number;
  /** Grows with each change of the claim, from 0; see {@link EndingRow}. */
  readonly generation: number;
  /** The liveness lock of the context that holds this; see owner-lock.ts. */
  readonly owner: string;
  /** When the longest time is over for which the owner may go on extending. */
  readonly holdUntil: number;
  /** When its times were reckoned, or later; absent in rows of version 1 of the schema. */
  readonly since?: number;
  readonly maxAttempts: number;
  readonly held: readonly HeldSpan[];
}

/**
 * The guard of claims. Key: [queue, epoch]. Whoever adds the next epoch has claimed, in one request; the newest row tells how
 * far the queue's segments have been claimed at least once.
 */
export interface EpochRow extends Versioned {
  readonly queue: string;
  readonly epoch: number;
  /** As it was claimed: true until there is an {@link EndingRow} of this epoch. Absent where nothing was, and before version 3 of the schema. */
  readonly claim?: ClaimRow | undefined;
  /** No earlier epoch's own row told of a claim that stood; absent before version 3 of the schema: nor did this one's. */
  readonly youngEpoch?: number;
  /** The line that gets the odd event of the next claim that cannot take both whole; absent: `placed`, as before there were two. */
  readonly turn?: 'placed' | 'retries';
  /** The first event never claimed is at or after this position. */
  readonly cursor: { readonly seq: number; readonly at: number };
  /** At `spentAt`, by the clock of the context that wrote it, every claim up to `spentEpoch` had ended. */
  readonly spentEpoch: number;
  readonly spentAt: number;
  /**
   * Where the cursor was when a row was last put aside; 0: never. What that row stood for is not known, so that
   * no sweep touches the segments up to here.
   */
  readonly sparedSeq: number;
}

/** The guard of a claim's changes. Key: [queue, epoch, generation]. Owner and thief add the same one; one wins. */
export interface EndingRow extends Versioned {
  readonly queue: string;
  readonly epoch: number;
  readonly generation: number;
}

/** A dead letter with its payload. Key: `n`, from the key generator. */
export interface DeadRow extends Versioned {
  readonly n?: number;
  readonly queue: string;
  readonly letter: DeadLetter;
}

/**
 * What the database says of itself. Key: `key`.
 *
 * - `identity`: its `id` is random, and made with the database: another one is another database.
 * - `destroyed`: `destroy()` is about to delete the database.
 * - `unseen`: a context without Web Locks has read claims, at some time.
 */
export type MetaRow =
  | { readonly key: 'identity'; readonly id: string }
  | { readonly key: 'destroyed' | 'unseen' };

/** A row that could not be used. Key: `n`, from the key generator. */
export interface QuarantineRow extends Versioned {
  readonly n?: number;
  readonly queue: string;
  /** When it was put aside. */
  readonly at: number;
  readonly store: string;
  /** What its key is, or was, in `store`. */
  readonly key: IDBValidKey;
  readonly reason: QuarantineReason;
  /** The row itself, where it was moved. */
  readonly row?: unknown;
  /** Of a mark: the version of its segment, and the first event in it that was never claimed. */
  readonly version?: number;
  readonly from?: number;
}

export interface AcklineSchema extends DBSchema {
  meta: { key: string; value: MetaRow };
  segments: { key: number; value: SegmentRow; indexes: { fresh: [string, number] } };
  late: { key: string; value: DelayedPayloadRow };
  returned: {
    key: [string, number, number, number | string];
    value: WaitingRow;
    indexes: { since: [string, number]; place: [string, number, number | string] };
  };
  claims: { key: [string, number]; value: ClaimRow };
  epochs: { key: [string, number]; value: EpochRow };
  endings: { key: [string, number, number]; value: EndingRow };
  dead: { key: number; value: DeadRow; indexes: { queue: [string, number] } };
  /** One row, of no meaning but its size; see quota-reserve.ts. */
  reserve: { key: number; value: Blob };
  aside: {
    key: number;
    value: QuarantineRow;
    indexes: { queue: [string, number] };
  };
}

export type StoreName = keyof {
  [K in keyof AcklineSchema as string extends K ? never : number extends K ? never : K]: true;
} &
  string;

/** Additive from version to version: what an older library wrote is never deleted to get going. */
export function upgrade(
  database: IDBPDatabase<AcklineSchema>,
  oldVersion: number,
  id: string,
  transaction: IDBTransaction,
): void {
  if (oldVersion < 1) createStores(database, id);
  if (oldVersion < 2) transaction.objectStore('returned').createIndex('since', ['queue', 'since']);
  if (oldVersion === 1 || oldVersion === 2) countChanges(transaction.objectStore('claims'));
  if (oldVersion < 4) transaction.objectStore('returned').createIndex('place', PLACE);
}

/** Where an event lies that waits: read by exact places only, so that what deleted rows leave in it is passed over by nobody. */
const PLACE = ['queue', 'seq', 'at'];

/** What has a row of its own has been changed. No guard is needed: nobody else is at work. */
function countChanges(claims: IDBObjectStore): void {
  claims.openCursor().onsuccess = ({ target }) => {
    const cursor = (target as IDBRequest<IDBCursorWithValue | null>).result;
    cursor?.update({ ...cursor.value, generation: cursor.value.generation + 1 });
    cursor?.continue();
  };
}

function createStores(database: IDBPDatabase<AcklineSchema>, id: string): void {
  const meta = unwrap(database.createObjectStore('meta', { keyPath: 'key' }));
  meta.add({ key: 'identity', id } satisfies MetaRow);
  const segments = database.createObjectStore('segments', { keyPath: 'seq', autoIncrement: true });
  segments.createIndex('fresh', ['queue', 'seq']);
  database.createObjectStore('late', { keyPath: 'id' });
  database.createObjectStore('returned', { keyPath: ['queue', 'dueAt', 'seq', 'at'] });
  database.createObjectStore('claims', { keyPath: ['queue', 'epoch'] });
  database.createObjectStore('epochs', { keyPath: ['queue', 'epoch'] });
  database.createObjectStore('endings', { keyPath: ['queue', 'epoch', 'generation'] });
  const dead = database.createObjectStore('dead', { keyPath: 'n', autoIncrement: true });
  dead.createIndex('queue', ['queue', 'n']);
  database.createObjectStore('reserve');
  const aside = database.createObjectStore('aside', { keyPath: 'n', autoIncrement: true });
  aside.createIndex('queue', ['queue', 'n']);
}
