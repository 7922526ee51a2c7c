// Covers src/backends/indexeddb/schema/row-checks.ts
import { AcklineError } from 'ackline';
import { expect, test } from 'vitest';
import type { StoreName } from '../../../../src/backends/indexeddb/schema/schema.ts';
import { drafts } from '../open-indexeddb.ts';
import { type OpenStore, openStore } from '../open-store.ts';

/** Numbers at the limits of a column, and beyond them. */
const EXTREMES = [
  0,
  -0,
  -1,
  0.5,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 52,
  2 ** 53 - 1,
  2 ** 53,
  1e300,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];

const SEGMENT = {
  ...{ v: 1, queue: 'dirty', ids: ['x', 'y'], payloads: ['forged', 'forged'] },
  createdAt: [0, 0],
  bytes: 2,
  delays: [1, 1],
};
const SPAN = { seq: 1, at: 0, count: 1, segments: 1, attempts: 1, availableAt: 0, expiresAt: 0 };
const CLAIM = {
  ...{ v: 1, queue: 'dirty', epoch: 1, generation: 1, owner: 'o', holdUntil: 0, since: 0 },
  maxAttempts: 10,
  held: [SPAN],
};
const EPOCH = {
  ...{ v: 1, queue: 'dirty', epoch: 2, cursor: { seq: 2, at: 0 }, youngEpoch: 1 },
  ...{ spentEpoch: 1, spentAt: 0, clearedEpoch: 0, sparedSeq: 0 },
};
const LETTER = {
  ...{ eventId: 'x', channel: 'dirty', payload: 1, metadata: null, createdAt: 0 },
  ...{ attempts: 1, reason: 'rejected', note: null, lastError: null, diedAt: 0 },
};

type Row = Readonly<Record<string, unknown>>;

/** A sound row of each store, and the paths of its numbers. */
const ROWS: readonly (readonly [StoreName, Row, readonly string[]])[] = [
  ['segments', SEGMENT, ['v', 'seq', 'createdAt.0', 'bytes', 'delays.0']],
  [
    'late',
    {
      ...{ v: 1, id: 'late', queue: 'dirty', payload: 'forged', metadata: null },
      ...{ createdAt: 0, delayMs: 1 },
    },
    ['v', 'createdAt', 'delayMs'],
  ],
  [
    'returned',
    {
      ...{ v: 1, queue: 'dirty', dueAt: 0, seq: 1, at: 0, attempts: 1, availableAt: 0, since: 0 },
    },
    ['v', 'dueAt', 'seq', 'at', 'attempts', 'availableAt', 'since'],
  ],
  [
    'claims',
    CLAIM,
    [
      ...['v', 'epoch', 'generation', 'holdUntil', 'since', 'maxAttempts'],
      ...Object.keys(SPAN).map((column) => `held.0.${column}`),
    ],
  ],
  [
    'epochs',
    EPOCH,
    [
      ...['v', 'epoch', 'cursor.seq', 'cursor.at', 'youngEpoch', 'spentEpoch', 'spentAt'],
      ...['clearedEpoch', 'sparedSeq'],
    ],
  ],
  ['endings', { v: 1, queue: 'dirty', epoch: 1, generation: 1 }, ['v', 'epoch', 'generation']],
  [
    'dead',
    { v: 1, queue: 'dirty', letter: LETTER },
    ['v', 'n', 'letter.createdAt', 'letter.attempts', 'letter.diedAt'],
  ],
  [
    'aside',
    { v: 1, queue: 'dirty', at: 0, store: 'late', key: 'x', reason: 'malformed', row: 1 },
    ['v', 'n', 'at'],
  ],
];

function withNumber(row: Row, path: string, value: number): Row {
  const copy = structuredClone(row) as Record<string, unknown>;
  const columns = path.split('.');
  const last = columns.pop() as string;
  let target = copy;
  for (const column of columns) target = target[column] as Record<string, unknown>;
  target[last] = value;
  return copy;
}

/** The columns of keys and indices, with which the database itself has to do. */
const IN_KEYS: Readonly<Partial<Record<StoreName, readonly string[]>>> = {
  segments: ['seq'],
  returned: ['dueAt', 'seq', 'at', 'since'],
  claims: ['epoch'],
  epochs: ['epoch'],
  endings: ['epoch', 'generation'],
  dead: ['n'],
  aside: ['n'],
};

/** All of them in Node. A browser only keeps a number that is in no key, so one of each kind is enough there. */
function extremesFor(store: StoreName, path: string): readonly number[] {
  const isInKey = IN_KEYS[store]?.includes(path);
  return typeof document === 'undefined' || isInKey
    ? EXTREMES
    : [-0, 2 ** 53, Number.POSITIVE_INFINITY];
}

type Db = Pick<OpenStore, 'backend'>;

/** Makes all calls on the channel of the row. Each must resolve, or reject with a typed error. */
async function leaveDirty({ backend }: Db, channel: string): Promise<void> {
  const uses = [
    () => backend.publish(channel, 'new'),
    () => backend.stats(channel),
    () => backend.deadLetters(channel, 5),
    async () => {
      for (let rounds = 0; rounds < 5; rounds += 1) {
        const messages = await backend.dequeueMany(channel, 10, 0);
        if (messages.length === 0) return;
        for (const { eventId, lease } of messages.slice(1)) await backend.ack(eventId, lease);
        for (const { eventId, lease } of messages.slice(0, 1))
          await backend.reject(eventId, lease, { reason: 'enough' });
      }
    },
  ];
  for (const use of uses)
    await use().catch((error: unknown) => expect(error).toBeInstanceOf(AcklineError));
}

/** Publishes to another channel, and acknowledges all of its events. */
async function expectClean({ backend }: Db, channel: string): Promise<void> {
  await backend.publishMany(drafts(channel, 3));
  const messages = await backend.dequeueMany(channel, 9, 0);
  expect(messages.map(({ payload }) => payload)).toEqual([0, 1, 2]);
  const [first, second, third] = messages;
  expect(await backend.ack(String(first?.eventId), first?.lease)).toBe('ok');
  expect(await backend.reject(String(second?.eventId), second?.lease)).toBe('ok');
  expect(await backend.ack(String(third?.eventId), third?.lease)).toBe('ok');
  expect(await backend.deadLetters(channel, 9)).toHaveLength(1);
}

for (const [store, row, paths] of ROWS)
  for (const path of paths)
    test(`an extreme number: ${store}.${path} blocks no other channel`, {
      timeout: 30_000,
    }, async () => {
      const db = await openStore();
      const other = db.open();
      for (const [index, value] of extremesFor(store, path).entries()) {
        const channel = `dirty${index}`;
        await db.backend.publishMany(drafts(channel, 1));
        await db.backend.ack(String((await db.backend.dequeue(channel, 0))?.eventId));
        const forged = { ...withNumber(row, path, value), queue: channel };
        // With a key that the platform refuses there is no row.
        await db.write(store, forged).catch(() => undefined);
        for (const context of [db, other]) await leaveDirty(context, channel);
        await db.runtime.advance(1_500);
        await leaveDirty(other, channel);
        await expectClean(db, `clean${index}`);
      }
    });
