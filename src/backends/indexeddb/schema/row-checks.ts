import {
  type Check,
  fieldOf,
  isArrayOf,
  isCount,
  isPositiveCount,
  isShaped,
  type Shape,
} from '../../../core/options/shape-checks.ts';
import { AcklineError } from '../../../core/reports/errors.ts';
import { MAX_SEGMENT_EVENTS } from './event-rows.ts';
import { KEY_LIMIT } from './key-ranges.ts';
import { ROW_VERSION } from './row-version.ts';
import {
  type AcklineSchema,
  type HeldSpan,
  rankOf,
  type StoreName,
  type WaitingRow,
} from './schema.ts';

/**
 * Result of checking a row. Any script of the origin may have written it, or a later version of this library, so no
 * column is used before the row was found `ok`. IndexedDB returns plain copies: reading them runs no foreign code, but
 * converting a value may throw. A `newer` row is left alone, and a `malformed` row is moved to quarantine.
 */
export type Verdict = 'ok' | 'newer' | 'malformed';

export type Sorted<Row> = Readonly<Record<Verdict, readonly Row[]>>;

type CheckedStore = Exclude<StoreName, 'meta' | 'reserve' | 'published' | 'cancelled'>;

/** More events than one claim can hold. A row that lists more is malformed, and expanding it could fill the memory. */
const MAX_HELD = 2 ** 18;

const isNumber: Check = Number.isFinite;
/** A number from which keys are counted on: one more must still be a whole number. See {@link KEY_LIMIT}. */
const isBelowLimit: Check = (value) => isCount(value) && value < KEY_LIMIT;
export const isText: Check = (value) => typeof value === 'string';
const isObjectOrNull: Check = (value) => typeof value === 'object';

function isOptional(check: Check): Check {
  return (value, row) => value === undefined || value === null || check(value, row);
}

/** One value for each of the segment's events. */
function isListOf(check: Check): Check {
  const isArray = isArrayOf(check, MAX_SEGMENT_EVENTS);
  return (value, row) => {
    if (!isArray(value, row)) return false;
    const { length } = value as readonly unknown[];
    return length > 0 && length === (fieldOf(row, 'ids') as readonly unknown[] | undefined)?.length;
  };
}

const isResult = isShaped({ eventId: isText, state: isText });

const isOwnTerms = isShaped({
  after: isOptional(isResult),
  delayMs: isOptional(isNumber),
  availableAt: isOptional(isNumber),
  priority: isOptional(isNumber),
});

const isFailure = isShaped({ name: isText, message: isText, reason: isOptional(isText) });

const isRedriven = isShaped({
  count: isPositiveCount,
  redrivenAt: isNumber,
  attempts: isCount,
  reason: isText,
  note: isOptional(isText),
  lastError: isOptional(isFailure),
  priority: isOptional(isNumber),
  diedAt: isNumber,
});

/** Columns of an event that was delivered before or was delayed. */
const ATTEMPT: Shape = {
  seq: isNumber,
  at: (at, row) => isText(at, row) || isCount(at),
  attempts: isCount,
  availableAt: isOptional(isNumber),
  lastError: isOptional(isFailure),
  key: isOptional(isText),
  retentionMs: isOptional(isPositiveCount),
};

const isSpan = isShaped({
  ...ATTEMPT,
  expiresAt: isNumber,
  count: isPositiveCount,
  segments: (value) => value === undefined || isPositiveCount(value),
});

function isHeld(held: unknown): boolean {
  if (!Array.isArray(held) || held.length > MAX_HELD) return false;
  let total = 0;
  for (const span of held as readonly HeldSpan[]) {
    const isSound = isSpan(span, held) && span.count <= MAX_SEGMENT_EVENTS;
    total += isSound ? span.count * (span.segments ?? 1) : Number.POSITIVE_INFINITY;
  }
  return total > 0 && total <= MAX_HELD;
}

/**
 * The checks of each store's columns. Columns without a check may hold any value. `v` is checked for all stores alike,
 * and rows are read by their `queue`. The first column is part of the key, and the same in all versions.
 */
const SHAPES: Readonly<Record<CheckedStore, Shape>> = {
  segments: {
    seq: isBelowLimit,
    ids: isListOf(isText),
    payloads: isListOf(() => true),
    createdAt: isListOf(isNumber),
    bytes: isOptional(isNumber),
    metadata: isOptional(isListOf(isObjectOrNull)),
    delays: isOptional(isListOf(isNumber)),
    ttls: isOptional(isListOf(isNumber)),
    retentions: isOptional(isListOf(isNumber)),
    keys: isOptional(isListOf(isOptional(isText))),
    blocks: isOptional(isListOf(() => true)),
    redriven: isOptional(isListOf(isOptional(isRedriven))),
    own: isOptional(isListOf(isOwnTerms)),
    onlyTo: isOptional(isArrayOf(isText, MAX_HELD)),
  },
  late: {
    id: isText,
    eventId: isOptional(isText),
    metadata: isObjectOrNull,
    createdAt: isNumber,
    delayMs: isNumber,
    ttlMs: (value) => value === undefined || isNumber(value),
    retentionMs: isOptional(isPositiveCount),
    key: (value) => value === undefined || isText(value),
    after: isOptional(isResult),
    priority: (value) => value === undefined || isNumber(value),
    redriven: isOptional(isRedriven),
  },
  returned: {
    ...ATTEMPT,
    // A value below 1 is the rank of the priority. Any other would be due at once, out of order.
    dueAt: (dueAt, row) =>
      isNumber(dueAt, row) &&
      ((dueAt as number) >= 1 || dueAt === rankOf((row as WaitingRow).priority)),
    since: isOptional(isNumber),
    isDelivered: isOptional((value) => value === true),
    freed: isOptional(isArrayOf(isText, MAX_HELD)),
    heldBy: isOptional(isText),
    ended: isOptional(isArrayOf(isText, MAX_HELD)),
  },
  claims: {
    epoch: isPositiveCount,
    generation: isCount,
    owner: isText,
    holdUntil: isNumber,
    since: isOptional(isNumber),
    maxAttempts: isPositiveCount,
    held: isHeld,
  },
  epochs: {
    epoch: isBelowLimit,
    youngEpoch: isOptional(isCount),
    sinceAged: isOptional(isCount),
    cursor: isShaped({ seq: isBelowLimit, at: isCount }),
    spentEpoch: isCount,
    spentAt: isNumber,
    sparedSeq: isBelowLimit,
    cancelledSeq: isOptional(isBelowLimit),
    copiedSeq: isOptional(isBelowLimit),
    copiedPosition: isOptional(isNumber),
  },
  endings: { epoch: isPositiveCount, generation: isPositiveCount },
  dead: {
    n: isNumber,
    letter: isShaped({
      eventId: isText,
      channel: isText,
      metadata: isObjectOrNull,
      createdAt: isNumber,
      attempts: isCount,
      reason: isText,
      note: isOptional(isText),
      lastError: isOptional(isFailure),
      diedAt: isNumber,
      priority: isOptional(isNumber),
      redriven: isOptional(isRedriven),
    }),
  },
  results: {
    eventId: isText,
    result: isResult,
    until: isOptional(isNumber),
    event: isOptional(isShaped({ metadata: isObjectOrNull, createdAt: isNumber })),
  },
  aside: { n: isNumber, at: isNumber, store: isText, reason: isText },
};

type RowOf<Store extends CheckedStore> = AcklineSchema[Store]['value'];

export function check<Store extends CheckedStore>(store: Store, row: RowOf<Store>): Verdict {
  const shape = SHAPES[store];
  const [[key, isKey]] = Object.entries(shape) as [[string, Check]];
  if (!isKey(fieldOf(row, key), row)) return 'malformed';
  if (isCount(row.v) && row.v > ROW_VERSION) return 'newer';
  return row.v === ROW_VERSION && isShaped(shape)(row, row) ? 'ok' : 'malformed';
}

/** Whether there is a row and it can be used. */
export function isSound<Store extends CheckedStore>(
  store: Store,
  row: unknown,
): row is Required<RowOf<Store>> {
  return row !== undefined && check(store, row as RowOf<Store>) === 'ok';
}

/** Sorts rows by their verdicts. */
export function sortRows<Row>(rows: readonly Row[], verdictOf: (row: Row) => Verdict): Sorted<Row> {
  const sorted: Record<Verdict, Row[]> = { ok: [], newer: [], malformed: [] };
  for (const row of rows) sorted[verdictOf(row)].push(row);
  return sorted;
}

/** The error of an operation that needs a row that cannot be used. */
export function rowError(store: string, queue: string, verdict: Verdict): AcklineError {
  const code = verdict === 'newer' ? 'newer-schema' : 'storage';
  const message = `a row of ${queue} in ${store} is ${verdict}; nothing was guessed or deleted`;
  return new AcklineError(code, message, { channel: queue });
}
