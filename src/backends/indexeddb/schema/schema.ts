import type { DBSchema } from 'idb';
import type { Failure } from '../../../core/events/death-reason.ts';
import type { DeadLetter } from '../../../core/events/message.ts';
import type { CancelledRow } from './cancelled-row.ts';
import type { MetaRow } from './meta-row.ts';
import type { DelayedPayloadRow, SegmentRow } from './payload-rows.ts';
import type { PublishedIdsRow } from './published-ids-row.ts';
import type { QuarantineReason } from './quarantined-row.ts';
import type { ResultRow } from './result-row.ts';
import type { Versioned } from './row-version.ts';

/**
 * The rows of one database. Payload rows (stores `segments` and `late`) are written once and deleted whole. All state
 * that changes is in small rows beside them. docs/decisions/0001 has the reasons for this layout.
 */

/**
 * Where an event is stored. If `at` is a number, it is an index into segment `seq`. If `at` is a string, it is an id in
 * store `late`, and `seq` is a fractional number that only gives its order among the segments.
 */
export interface Position {
  readonly seq: number;
  readonly at: number | string;
}

/** State of an event that was delivered before or was delayed. */
export interface AttemptHistory {
  readonly attempts: number;
  /** Absent if it is as published. */
  readonly availableAt?: number;
  readonly lastError?: Failure;
  /** Absent if the event has no key. */
  readonly key?: string;
  /** Present if the event blocks its key when it dies. */
  readonly blocks?: true;
  /** Absent if it is 0. */
  readonly priority?: number;
  /** Absent if the event has no retention. */
  readonly retentionMs?: number;
}

/** Due time of a waiting event that its key, or another event, holds back. No clock shows it. */
export const PARKED_AT: number = 2 ** 60;

/** Neighbouring numbers at {@link PARKED_AT} differ by this. */
const PARKED_STEP = 2 ** 8;

/**
 * Due time of a waiting event that another event holds back, and that is due at `availableAt` otherwise. Those that are held back
 * only, and those that are delayed as well, are so in ranges of their own.
 */
export function heldAt(availableAt = 0): number {
  return PARKED_AT + Math.min(Math.max(availableAt, 0), 2 ** 52 - 1) * PARKED_STEP;
}

/** The reverse of {@link heldAt}. */
export function availableAtOf(dueAt: number): number {
  return (dueAt - PARKED_AT) / PARKED_STEP;
}

/** Due time of the row that blocks a key. */
export const BLOCKED_AT: number = 2 ** 61;

/**
 * An event that waits although the queue's cursor has passed it: it was nacked, it was published with a delay, or its key
 * or another event holds it back. Three kinds of rows are no events: see key-rows.ts. Key: [queue, dueAt, seq, at]. It is the key and not an
 * index, because Chromium keeps index entries of deleted rows for a while and each scan would have to skip them.
 */
export interface WaitingRow extends Versioned, Position, AttemptHistory {
  readonly queue: string;
  /** Epoch milliseconds. A value below 1 is due at once, see {@link rankOf}. */
  readonly dueAt: number;
  /**
   * When `dueAt` was computed. Absent if the event is due at once or if its publisher gave the due time, and in rows of schema
   * version 1.
   */
  readonly since?: number;
  /** Present if `attempts` is 0 although the event was delivered: the attempts did not count. */
  readonly isDelivered?: true;
  /** Only of a row that lists keys of which an event has ended. It is due at once, and the next claim handles it. */
  readonly freed?: readonly string[];
  /** The id of the event that holds this one back, in an event that is due at {@link heldAt}. */
  readonly heldBy?: string;
  /** Only of a row that lists events which may have ended and hold others back, as `freed` does for keys. */
  readonly ended?: readonly string[];
}

/**
 * The `dueAt` of an event that is due at once. A scan reads rows in its order: high priorities first, then events without a
 * priority, then low ones.
 */
export function rankOf(priority = 0): number {
  return priority < 0 ? -priority / 1_000 : 0 - priority;
}

/** A time that is valid as `dueAt`. A clock may show a time before 1970, and values below 1 mean due at once. */
export function dueTime(ms: number): number {
  return Math.max(1, ms);
}

/** The greatest `dueAt` of what is due by a clock that shows `now`. */
export function dueUntil(now: number): number {
  return Math.max(now, 0.5);
}

/** Neighbouring events of one claim with equal columns: `count` events of each of `segments` consecutive segments. */
export interface HeldSpan extends Position, AttemptHistory {
  readonly count: number;
  /** Absent means 1, as in all rows before schema version 3. */
  readonly segments?: number;
  readonly expiresAt: number;
}

/**
 * The events that one context holds by one claim. Key: [queue, epoch]. A new claim is stored inline in its epoch row. It
 * gets a row of its own with its first change, which is deleted when the claim holds no event any more.
 */
export interface ClaimRow extends Versioned {
  readonly queue: string;
  /** The fencing token of all its deliveries. */
  readonly epoch: number;
  /** Grows with each change of the claim, from 0; see {@link EndingRow}. */
  readonly generation: number;
  /** Name of the owner lock of the context that holds this claim, see owner-lock.ts. */
  readonly owner: string;
  /** Until when the owner may extend leases, in epoch milliseconds. */
  readonly holdUntil: number;
  /** When its times were computed, or later. Absent in rows of schema version 1. */
  readonly since?: number;
  readonly maxAttempts: number;
  /** Present if the end of an event with a retention adds a row with `ended`, see let-go.ts. */
  readonly isAwaited?: true | undefined;
  readonly held: readonly HeldSpan[];
}

/**
 * The guard row of a claim. Key: [queue, epoch]. A context claims by adding the row of the next epoch, and only one context
 * can add it. The newest row holds the cursor of the queue.
 */
export interface EpochRow extends Versioned {
  readonly queue: string;
  readonly epoch: number;
  /** The inline claim, valid until there is an {@link EndingRow} of this epoch. Absent if no event was claimed, and before schema version 3. */
  readonly claim?: ClaimRow | undefined;
  /** The lowest epoch whose row may still hold a live inline claim. Absent before schema version 3, where no row holds one. */
  readonly youngEpoch?: number;
  /** Which events get the odd place of the next claim that cannot take all: fresh ones (`placed`, also if absent) or retries. */
  readonly turn?: 'placed' | 'retries';
  /** Places of claims since the last one that went to the oldest event. Absent is 0. */
  readonly sinceAged?: number;
  /** Every event before this position has been claimed at least once. */
  readonly cursor: { readonly seq: number; readonly at: number };
  /** Every claim up to this epoch had ended at `spentAt`, by the clock of the context that wrote the row. */
  readonly spentEpoch: number;
  readonly spentAt: number;
  /**
   * Where the cursor was when a row was last quarantined, 0 if none was. It is unknown which events that row held, so no
   * sweep deletes segments up to here.
   */
  readonly sparedSeq: number;
  /** The last segment with a {@link CancelledRow}. Absent if no event after the cursor was cancelled. */
  readonly cancelledSeq?: number | undefined;
  /** Present if events are held back by others. The claims from this row on have it, too. */
  readonly isAwaited?: true | undefined;
  /**
   * Only in the plain queue of a channel that has groups, or had some: each segment before this one was copied to the queues
   * of the groups. The plain queue has the events before it.
   */
  readonly copiedSeq?: number;
  /** Only with `copiedSeq`: the last position of a copied event that waits outside of the segments. Absent if there was none. */
  readonly copiedPosition?: number;
  /** Only in the queue of a deleted group: no decision follows. */
  readonly isEnded?: true;
}

/** The guard row of a change of a claim. Key: [queue, epoch, generation]. The owner and a takeover add the same key, and one of them wins. */
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

/** A row that could not be used, or a mark for it. Key: `n`, from the key generator. */
export interface QuarantineRow extends Versioned {
  readonly n?: number;
  readonly queue: string;
  /** When it was quarantined. */
  readonly at: number;
  readonly store: string;
  /** Its key in `store`. */
  readonly key: IDBValidKey;
  readonly reason: QuarantineReason;
  /** The row itself, if it was moved. */
  readonly row?: unknown;
  /** Only of a mark for a segment: the version of that row, and its first event that was never claimed. */
  readonly version?: number;
  readonly from?: number;
}

export interface AcklineSchema extends DBSchema {
  meta: { key: string; value: MetaRow };
  segments: { key: number; value: SegmentRow; indexes: { fresh: [string, number] } };
  late: { key: string; value: DelayedPayloadRow; indexes: { key: [string, string, number] } };
  returned: {
    key: [string, number, number, number | string];
    value: WaitingRow;
    indexes: {
      since: [string, number];
      place: [string, number, number | string];
      key: [string, string, number, number | string];
      heldBy: [string, string, number, number | string];
    };
  };
  claims: { key: [string, number]; value: ClaimRow };
  epochs: { key: [string, number]; value: EpochRow };
  endings: { key: [string, number, number]; value: EndingRow };
  cancelled: { key: [string, number, number]; value: CancelledRow };
  dead: { key: number; value: DeadRow; indexes: { queue: [string, number] } };
  published: {
    key: [number, string];
    value: PublishedIdsRow;
    indexes: { event: [string, string] };
  };
  results: {
    key: [string, string];
    value: ResultRow;
    indexes: { until: number; acknowledged: [string, number, string] };
  };
  /** One row that only takes room, see quota-reserve.ts. */
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
