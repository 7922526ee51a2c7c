// Covers src/backends/indexeddb/claiming/key-gate.ts, src/backends/indexeddb/scanning/key-snapshot.ts, src/backends/indexeddb/schema/key-rows.ts, src/backends/indexeddb/inspection/blocked-keys.ts
import { expect, test } from 'vitest';
import type { PublishOptions } from '../../../../src/index.ts';
import { countRequests } from '../../../support/count-requests.ts';
import { type Context, drain, type OpenStore, openStore } from '../open-store.ts';

/** Publishes the payloads in one commit, each with the key that is its first letter. */
function publishKeyed({ backend }: Context, ...payloads: readonly string[]): Promise<string[]> {
  return backend.publishMany(
    payloads.map((payload) => ({ channel: 'a', payload, options: keyOf(payload) })),
  );
}

function keyOf(payload: string): PublishOptions {
  return { key: payload.charAt(0) };
}

async function take({ backend }: Context, limit = 1): Promise<unknown[]> {
  const messages = await backend.dequeueMany('a', limit, 0);
  return messages.map(({ payload }) => payload);
}

async function takeAndAck(context: Context, limit = 1): Promise<unknown[]> {
  const { backend } = context;
  const messages = await backend.dequeueMany('a', limit, 0);
  for (const { eventId, lease } of messages) await backend.ack(eventId, lease);
  return messages.map(({ payload }) => payload);
}

/** The due times of the waiting rows, which are those of parked, freed and block rows. */
async function waitingRows({ rows }: OpenStore): Promise<unknown[]> {
  return (await rows('returned')).map((row) => Object(row).dueAt);
}

/** Parks so many events of a hot key, and returns what a claim and an ack of another key cost. */
async function costBeside(parked: number) {
  const db = await openStore();
  await publishKeyed(db, ...Array.from({ length: parked + 1 }, (_, index) => `h${index}`));
  expect(await take(db)).toEqual(['h0']);
  expect(await take(db)).toEqual([]);
  expect((await waitingRows(db)).length).toBe(parked);
  await publishKeyed(db, 'c1', 'c2');
  const counted = countRequests();
  expect(await takeAndAck(db)).toEqual(['c1']);
  expect(await takeAndAck(db)).toEqual(['c2']);
  counted.stop();
  return { requests: counted.requests, rows: counted.rows };
}

test('thousands of waiting events of a hot key cost the claims of another key no more than a hundred', async () => {
  expect(await costBeside(3_000)).toEqual(await costBeside(100));
});

/** Parks `busy` events for each of these keys, and returns the reads of a claim of other keys, some of which wait themselves. */
async function readsBeside(busyKeys: string, busy: number) {
  const db = await openStore();
  for (const key of busyKeys)
    await publishKeyed(db, ...Array.from({ length: busy + 1 }, (_, index) => `${key}${index}`));
  await publishKeyed(db, 'a1', 'a2', 'z1', 'z2');
  const firsts = [...busyKeys].map((key) => `${key}0`);
  const messages = await db.backend.dequeueMany('a', busyKeys.length * (busy + 1) + 4, 0);
  expect(messages.map(({ payload }) => payload)).toEqual([...firsts, 'a1', 'z1']);
  for (const { eventId, lease } of messages.slice(-2))
    await db.backend.nack(eventId, lease, { delayMs: 60_000 });
  await publishKeyed(db, 'a3', 'b1', 'b2', 'y1', 'z3', ...[...busyKeys].map((key) => `${key}last`));
  const counted = countRequests();
  expect(await take(db, 10)).toEqual(['b1', 'y1']);
  counted.stop();
  return counted.requests.filter((request) => request === 'getAll key').length;
}

test('a claim passes over the rows of keys that hold many events back, and still finds those of the keys between', async () => {
  expect(await readsBeside('h', 100)).toBe(2);
  expect(await readsBeside('hop', 70)).toBe(4);
});

test('a claim asks for each of its keys where too many keys hold events back', async () => {
  const each = 'a, b, y, z'.split(', ').length;
  expect(await readsBeside('hijklm', 65)).toBe(5 + 6 + each);
  expect(await readsBeside('cdefghijklmnopqr', 5)).toBe(1 + 16 + each);
});

test('an event that ends while another context parks its successor is not forgotten', async () => {
  const db = await openStore();
  const other = db.open();
  await publishKeyed(db, 'a1', 'a2', 'a3');
  const [first] = await db.backend.dequeueMany('a', 1, 0);
  const decide = other.connection.decide.bind(other.connection);
  // The other context has read that the first event is held.
  other.connection.decide = async (...given) => {
    other.connection.decide = decide;
    expect(await db.backend.ack(String(first?.eventId), first?.lease)).toBe('ok');
    return decide(...given);
  };
  expect(await take(other)).toEqual(['a2']);
  expect(await drain(db, 'a')).toEqual([]);
});

test('a claim parks what it meets and takes what is free, and leaves no row behind', async () => {
  const db = await openStore();
  await publishKeyed(
    db,
    ...Array.from({ length: 40 }, (_, index) => `${'abcd'[index % 4]}${index}`),
  );
  const seen: unknown[] = [];
  for (let round = 0; round < 60; round += 1) seen.push(...(await takeAndAck(db, 3)));
  expect(seen.length).toBe(40);
  for (const key of 'abcd') {
    const ofKey = seen.filter((payload) => String(payload).startsWith(key));
    expect(ofKey).toEqual(
      ofKey.toSorted((a, b) => Number(String(a).slice(1)) - Number(String(b).slice(1))),
    );
  }
  expect(await take(db)).toEqual([]);
  expect(await waitingRows(db)).toEqual([]);
});

test('a freed key whose next event does not fit in the claim is freed by the next claim', async () => {
  const db = await openStore();
  await publishKeyed(db, 'a1', 'b1', 'c1', 'a2', 'b2', 'c2');
  expect(await take(db, 6)).toEqual(['a1', 'b1', 'c1']);
  expect(await take(db, 6)).toEqual([]);
  const held = await db.backend.stats('a');
  expect(held).toMatchObject({ ready: 3, leased: 3, scheduled: 0 });
  const other = db.open();
  db.runtime.jumpTo(db.runtime.now() + 60_000);
  // Leases expire, and the retries free nothing: the same events come again.
  expect((await takeAndAck(other, 6)).sort()).toEqual(['a1', 'b1', 'c1']);
  expect(await takeAndAck(other)).toEqual(['a2']);
  expect(await takeAndAck(other)).toEqual(['b2']);
  expect(await takeAndAck(other)).toEqual(['c2']);
  expect(await take(other)).toEqual([]);
  expect(await waitingRows(db)).toEqual([]);
});

test('a delayed event that comes due behind unread segments waits for its predecessors', async () => {
  const db = await openStore();
  for (let index = 0; index < 60; index += 1)
    await db.backend.publish('a', `x${index}`.padEnd(40_000), null, { key: `k${index}` });
  await db.backend.publish('a', 'first', null, { key: 'a' });
  await db.backend.publish('a', 'delayed', null, { key: 'a', delayMs: 5 });
  await db.backend.publish('a', 'last', null, { key: 'a' });
  await db.runtime.advance(10);
  const other = db.open();
  const order: unknown[] = [];
  for (let round = 0; round < 80; round += 1)
    for (const { eventId, lease, payload } of await other.backend.dequeueMany('a', 1, 0)) {
      order.push(String(payload).trim());
      await other.backend.ack(eventId, lease);
    }
  expect(order.slice(-3)).toEqual(['first', 'delayed', 'last']);
  expect(order.length).toBe(63);
});

test('a parked event whose payload is missing goes to quarantine, and its key goes on', async () => {
  const db = await openStore();
  await db.backend.publish('a', 'a1', null, { key: 'a' });
  await db.backend.publish('a', 'a2', null, { key: 'a' });
  await db.backend.publish('a', 'a3', null, { key: 'a' });
  expect(await take(db)).toEqual(['a1']);
  expect(await take(db)).toEqual([]);
  await db.remove('segments', 2);
  db.runtime.jumpTo(db.runtime.now() + 60_000);
  expect(await takeAndAck(db)).toEqual(['a1']);
  expect(await takeAndAck(db)).toEqual(['a3']);
  expect(await db.store.quarantined('a', 10)).toMatchObject([{ reason: 'payload-missing' }]);
});

test('of several contexts that release a key at once, one does', async () => {
  const db = await openStore();
  const other = db.open();
  await db.backend.publish('a', 'a1', null, { key: 'a', onDeadLetter: 'block' });
  await db.backend.publish('a', 'a2', null, { key: 'a' });
  const [first] = await db.backend.dequeueMany('a', 1, 0);
  await db.backend.reject(String(first?.eventId), first?.lease);
  expect(await take(other)).toEqual([]);
  expect(await other.backend.blockedKeys('a')).toEqual(['a']);
  const released = await Promise.all([
    db.backend.releaseKey('a', 'a'),
    other.backend.releaseKey('a', 'a'),
  ]);
  expect(released.toSorted()).toEqual([false, true]);
  expect(await drain(other, 'a')).toEqual(['a2']);
});

test('retryNow makes a retry of a key due, and not the events behind it', async () => {
  const db = await openStore();
  await publishKeyed(db, 'a1', 'a2');
  const [first] = await db.backend.dequeueMany('a', 1, 0);
  expect(await take(db)).toEqual([]);
  await db.backend.nack(String(first?.eventId), first?.lease, { delayMs: 60_000 });
  expect(await db.backend.retryNow('a')).toBe(1);
  expect(await takeAndAck(db, 5)).toEqual(['a1']);
  expect(await takeAndAck(db, 5)).toEqual(['a2']);
});

test('an expired event lets its key go on', async () => {
  const db = await openStore();
  await db.backend.publish('a', 'a1', null, { key: 'a', ttlMs: 10 });
  await db.backend.publish('a', 'a2', null, { key: 'a', ttlMs: 10 });
  await db.backend.publish('a', 'a3', null, { key: 'a' });
  await db.runtime.advance(20);
  expect(await takeAndAck(db, 5)).toEqual(['a3']);
  const letters = await db.backend.deadLetters('a', 10);
  expect(letters.map(({ payload, reason, key }) => [payload, reason, key])).toEqual([
    ['a1', 'expired', 'a'],
    ['a2', 'expired', 'a'],
  ]);
});

test('delayed events of a key that several contexts publish keep their commit order', async () => {
  const db = await openStore();
  const other = db.open();
  const delayed = (payload: string) =>
    ['a', payload, null, { ...keyOf(payload), delayMs: 5 }] as const;
  for (const payload of ['b1', 'b2', 'a1']) await db.backend.publish(...delayed(payload));
  await other.backend.publish(...delayed('a2'));
  await db.runtime.advance(10);
  const first = await db.backend.dequeueMany('a', 5, 0);
  expect(first.map(({ payload }) => payload)).toEqual(['b1', 'a1']);
  for (const { eventId, lease } of first) await db.backend.nack(eventId, lease);
  // While the first event is leased another context publishes a third one.
  const again = await db.backend.dequeueMany('a', 5, 0);
  await other.backend.publish(...delayed('a3'));
  for (const { eventId, lease } of again) await db.backend.nack(eventId, lease);
  await db.runtime.advance(10);
  const order: unknown[] = [];
  for (let round = 0; round < 6; round += 1) order.push(...(await takeAndAck(db, 5)));
  expect(order.filter((payload) => String(payload).startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
});

test('a delayed event comes behind the events of its commit that are due at once', async () => {
  const db = await openStore();
  const options = { key: 'a' };
  await db.backend.publishMany([
    { channel: 'a', payload: 1, options },
    { channel: 'a', payload: 2, options: { ...options, delayMs: 5 } },
  ]);
  expect(await takeAndAck(db, 5)).toEqual([1]);
  expect(await take(db, 5)).toEqual([]);
  await db.runtime.advance(10);
  expect(await takeAndAck(db, 5)).toEqual([2]);
});
