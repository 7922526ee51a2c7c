import { expect, test } from 'vitest';
import { LargeClaims } from '../../../../src/backends/indexeddb/scanning/large-claims.ts';
import { scanQueue } from '../../../../src/backends/indexeddb/scanning/queue-snapshot.ts';
import { drafts, payloadsOf } from '../open-indexeddb.ts';
import { drain, openStore } from '../open-store.ts';

const SPAN = { seq: 1, at: 0, count: 1_000, attempts: 1, expiresAt: 0 };

function claimOf(held: readonly object[]) {
  return {
    ...{ v: 1, queue: 'a', epoch: 1, generation: 1, owner: 'o', maxAttempts: 10 },
    holdUntil: 0,
    held,
  };
}

const forged: Readonly<Record<string, object>> = {
  'the greatest allowed number of segments when only one exists': [{ ...SPAN, segments: 262 }],
  'one event in each of more segments than exist': [{ ...SPAN, count: 1, segments: 262_144 }],
  'more events than its segments have': [{ ...SPAN, segments: 2 }],
  'the same event many times': Array.from({ length: 2_000 }, () => ({ ...SPAN, count: 1 })),
};

for (const [name, held] of Object.entries(forged))
  test(`a claim with ${name} is moved to quarantine before it is unpacked`, async () => {
    const { backend, store, rows, write, observer } = await openStore();
    await backend.publishMany([...drafts('a', 1), ...drafts('clean', 2)]);
    expect(await backend.ack(String((await backend.dequeue('a', 0))?.eventId))).toBe('ok');
    await backend.publishMany(drafts('a', 3));
    const row = claimOf(held as readonly object[]);
    await write('claims', row);
    expect(await drain({ backend }, 'a')).toEqual([0, 1, 2]);
    expect(await drain({ backend }, 'clean')).toEqual([0, 1]);
    expect(await rows('returned')).toEqual([]);
    expect(await store.quarantined('a', 9)).toMatchObject([
      { store: 'claims', key: ['a', 1], reason: 'malformed', row },
    ]);
    expect(observer.of('fault')).toEqual([]);
  });

test('a claim of many stored events by another context is used, and its segments are read once', async () => {
  const { backend, connection } = await openStore();
  for (let from = 0; from < 3; from += 1) await backend.publishMany(drafts('a', 500));
  expect(await backend.dequeueMany('a', 1_500, 0)).toHaveLength(1_500);
  const snapshot = await scanQueue(connection, 'a', { last: undefined, maxSegments: 9 });
  const claims = new LargeClaims(connection);
  expect(await claims.sort(snapshot, 'another owner')).toEqual(snapshot);
  connection.read = () => Promise.reject(new Error('read again'));
  expect(await claims.sort(snapshot, 'another owner')).toEqual(snapshot);
});

test('a claim of many events is taken over completely when its lease has expired', async () => {
  const { backend, open, runtime, store } = await openStore();
  const count = 2_500;
  for (let from = 0; from < count; from += 500)
    await backend.publishMany(
      Array.from({ length: 500 }, (_, index) => ({ channel: 'a', payload: from + index })),
    );
  const taken = await backend.dequeueMany('a', count, 0, { leaseMs: 1_000 });
  expect(taken).toHaveLength(count);
  await runtime.advance(1_000);
  const other = open();
  const again: unknown[] = [];
  for (;;) {
    const messages = await other.backend.dequeueMany('a', 1_000, 0);
    if (messages.length === 0) break;
    expect(messages.every(({ attempts }) => attempts === 2)).toBe(true);
    again.push(...payloadsOf(messages));
  }
  expect(again).toEqual(Array.from({ length: count }, (_, index) => index));
  expect(await store.quarantined('a', 9)).toEqual([]);
});

test('settling with an id and a lease of another context does not unpack such a claim', async () => {
  const { backend, write } = await openStore();
  await backend.publishMany(drafts('a', 1));
  await backend.ack(String((await backend.dequeue('a', 0))?.eventId));
  await write('claims', claimOf([{ ...SPAN, segments: 262 }]));
  expect(await backend.ack('of another context', 1)).toBe('gone');
});

test('when the row of an own claim was forged to hold more, its lease is lost', async () => {
  const { backend, write, rows } = await openStore();
  await backend.publishMany(drafts('a', 1));
  const message = await backend.dequeue('a', 0);
  await backend.extend(String(message?.eventId), message?.lease, 5_000);
  const [row] = await rows('claims');
  await write('claims', { ...(row as object), generation: 9, held: [{ ...SPAN, segments: 262 }] });
  await write('endings', { v: 1, queue: 'a', epoch: 1, generation: 2 });
  expect(await backend.ack(String(message?.eventId), message?.lease)).not.toBe('ok');
});
