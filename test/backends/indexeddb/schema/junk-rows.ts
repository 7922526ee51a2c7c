import type { ManualRuntime } from 'ackline/testing';

/** Values that structured clone stores, and that no column of the schema may hold. */
const JUNK: readonly (() => unknown)[] = [
  () => null,
  () => Number.NaN,
  () => -1,
  () => 0.5,
  () => Number.POSITIVE_INFINITY,
  () => true,
  () => 7n,
  () => new Date(Number.NaN),
  () => new Map([[{}, new Set([1])]]),
  () => /x/gu,
  () => new Uint8Array(9),
  () => new Error('junk'),
  () => [],
  () => new Array(3),
  () => new Array(2 ** 32 - 1),
  () => [[[]], null, undefined],
  () => ({ length: 2, 0: 'a', 1: 'b' }),
  () => ({ toString: 5, valueOf: 5, constructor: null, seq: {}, at: {} }),
  () => JSON.parse('{"__proto__": {"polluted": true, "length": 1, "v": 1}}'),
  () => JSON.parse('{"constructor": {"prototype": {"polluted": true}}}'),
  () => {
    const cyclic: Record<string, unknown> = { name: 'x' };
    cyclic['cyclic'] = [cyclic, new Map([[cyclic, cyclic]])];
    return cyclic;
  },
];

const SEGMENT = { v: 1, ids: ['x', 'y'], payloads: ['forged', 'forged'], createdAt: [0, 0] };
const SPAN = { seq: 1, at: 0, count: 2, attempts: 1, expiresAt: 0 };
const LETTER = { eventId: 'x', channel: 'x', payload: 1, metadata: null, createdAt: 0 };

/** A sound row of each store without its key, and the columns that accept no junk. */
const ROWS = {
  segments: { good: SEGMENT, columns: ['v', 'ids', 'payloads', 'createdAt'] },
  late: {
    good: { v: 1, payload: 'forged', metadata: null, createdAt: 0, delayMs: 1 },
    columns: ['v', 'createdAt'],
  },
  returned: { good: { v: 1, attempts: 1 }, columns: ['v', 'attempts'] },
  claims: {
    good: { v: 1, generation: 0, owner: 'x', maxAttempts: 9, held: [SPAN], holdUntil: 0 },
    columns: ['v', 'generation', 'owner', 'maxAttempts', 'held'],
  },
  epochs: {
    good: { v: 1, cursor: { seq: 9, at: 9 }, spentEpoch: 0, spentAt: 0, clearedEpoch: 9 },
    columns: ['v', 'cursor', 'spentEpoch', 'sparedSeq'],
  },
  endings: { good: { v: 1 }, columns: ['v'] },
  dead: { good: { v: 1, letter: LETTER }, columns: ['v', 'letter'] },
  aside: {
    good: { v: 1, at: 0, store: 'late', key: 'x', reason: 'malformed', row: 1 },
    columns: ['v', 'store', 'reason'],
  },
} as const;

export type JunkStore = keyof typeof ROWS;
export const JUNK_STORES = Object.keys(ROWS) as JunkStore[];

function pick<T>(items: readonly T[], { random }: Pick<ManualRuntime, 'random'>): T {
  return items[Math.floor(random() * items.length)] as T;
}

/** A row for `store` that no version of the library writes, with the key columns `key`. */
export function junkRow(store: JunkStore, key: object, runtime: ManualRuntime): object {
  const random = { random: () => runtime.random() };
  const { good, columns } = ROWS[store];
  const kind = runtime.random();
  if (kind < 0.15) return { ...good, ...key, v: 2, more: pick(JUNK, random)() };
  if (kind < 0.5) return { ...good, [pick(columns, random)]: junkFor(random), ...key };
  const row: Record<string, unknown> = kind < 0.75 ? { v: 1 } : {};
  for (const column of [...columns, 'metadata', 'lastError', 'more'])
    if (column !== 'v') row[column] = junkFor(random);
  return { ...row, ...key };
}

/** Random junk. It is never a whole number, because a column may have one. */
function junkFor(random: Pick<ManualRuntime, 'random'>): unknown {
  return pick(JUNK, random)();
}
