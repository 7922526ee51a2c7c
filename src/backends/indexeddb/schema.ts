import type { DBSchema, IDBPDatabase } from 'idb';
import type { DeadLetter, Failure, Metadata } from '../../core/message.ts';

/**
 * The rows of one database. Payload rows (`segments`, `late`) are written once and deleted whole; everything
 * that changes lies in small rows beside them. docs/decisions/0001 tells why the layout is what it is.
 */

export const SCHEMA_VERSION = 1;

/** All events of one commit for one queue. Key: `seq`, from the key generator, so that key order is commit order. */
export interface SegmentRow {
  /** Set by the key generator. */
  readonly seq?: number;
  readonly queue: string;
  readonly ids: readonly string[];
  readonly payloads: readonly unknown[];
  /** Absent where all are null. */
  readonly metadata?: readonly (Metadata | null)[];
  readonly createdAt: readonly number[];
  /** Absent where none was given; -1 where one was not. */
  readonly delays?: readonly number[];
}

/** One event that was published with a delay. Key: `id`. */
export interface LateRow {
  readonly id: string;
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
export interface History {
  readonly attempts: number;
  /** Absent: as published. */
  readonly availableAt?: number;
  readonly lastError?: Failure;
}

/** An event that waits though the queue's cursor has passed it. Key: [queue, seq, at]. */
export interface ReturnedRow extends Position, History {
  readonly queue: string;
  /** Epoch milliseconds; 0 is due at once. */
  readonly dueAt: number;
}

/** Neighbouring events of one claim that stand alike. */
export interface HeldSpan extends Position, History {
  readonly count: number;
  readonly expiresAt: number;
}

/** What one context holds by one claim. Key: [queue, epoch]. Gone as soon as it holds nothing. */
export interface ClaimRow {
  readonly queue: string;
  /** The fencing token of all its deliveries. */
  readonly epoch: number;
  /** Grows with each change of this row; see {@link EndingRow}. */
  readonly generation: number;
  readonly owner: string;
  readonly maxAttempts: number;
  readonly held: readonly HeldSpan[];
}

/**
 * The guard of claims. Key: [queue, epoch]. Whoever adds the next epoch has claimed; the newest row tells how
 * far the queue's segments have been claimed at least once.
 */
export interface EpochRow {
  readonly queue: string;
  readonly epoch: number;
  /** The first event never claimed is at or after this position. */
  readonly cursor: { readonly seq: number; readonly at: number };
  /** At `spentAt` every claim up to `spentEpoch` had ended: its guards may go once that is long past. */
  readonly spentEpoch: number;
  readonly spentAt: number;
  /** Guards up to here are gone. */
  readonly clearedEpoch: number;
}

/** The guard of a claim's changes. Key: [queue, epoch, generation]. Owner and thief add the same one; one wins. */
export interface EndingRow {
  readonly queue: string;
  readonly epoch: number;
  readonly generation: number;
}

/** A dead letter with its payload. Key: `n`, from the key generator. */
export interface DeadRow {
  readonly n?: number;
  readonly queue: string;
  readonly letter: DeadLetter;
}

export interface AcklineSchema extends DBSchema {
  segments: { key: number; value: SegmentRow; indexes: { fresh: [string, number] } };
  late: { key: string; value: LateRow };
  returned: {
    key: [string, number, number | string];
    value: ReturnedRow;
    indexes: { due: [string, number] };
  };
  claims: { key: [string, number]; value: ClaimRow };
  epochs: { key: [string, number]; value: EpochRow };
  endings: { key: [string, number, number]; value: EndingRow };
  dead: { key: number; value: DeadRow; indexes: { queue: [string, number] } };
}

export type StoreName = keyof {
  [K in keyof AcklineSchema as string extends K ? never : number extends K ? never : K]: true;
} &
  string;

/** Additive from version to version: what an older library wrote is never deleted to get going. */
export function upgrade(database: IDBPDatabase<AcklineSchema>): void {
  const segments = database.createObjectStore('segments', { keyPath: 'seq', autoIncrement: true });
  segments.createIndex('fresh', ['queue', 'seq']);
  database.createObjectStore('late', { keyPath: 'id' });
  const returned = database.createObjectStore('returned', { keyPath: ['queue', 'seq', 'at'] });
  returned.createIndex('due', ['queue', 'dueAt']);
  database.createObjectStore('claims', { keyPath: ['queue', 'epoch'] });
  database.createObjectStore('epochs', { keyPath: ['queue', 'epoch'] });
  database.createObjectStore('endings', { keyPath: ['queue', 'epoch', 'generation'] });
  const dead = database.createObjectStore('dead', { keyPath: 'n', autoIncrement: true });
  dead.createIndex('queue', ['queue', 'n']);
}
