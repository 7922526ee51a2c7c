// Covers src/backends/indexeddb/inspection/indexeddb-source.ts, src/backends/indexeddb/inspection/browse-fresh.ts,
// src/backends/indexeddb/inspection/browse-waiting.ts, src/backends/indexeddb/inspection/browse-leased.ts,
// src/backends/indexeddb/inspection/browsed-event.ts
import { memoryFallback } from 'ackline/indexeddb';
import { browse, channels } from 'ackline/inspection';
import { expect, test } from 'vitest';
import { modesOf } from '../../../support/count-transactions.ts';
import { drafts, openDatabase, settled } from '../open-indexeddb.ts';

const READY = { state: 'ready', payload: true } as const;

test('a backlog of many small segments is browsed to its end, in few reads a page', async () => {
  const { open } = openDatabase();
  const backend = open();
  for (let payload = 0; payload < 150; payload += 1) await backend.publish('a', payload);
  await backend.publishMany(drafts('a', 40));
  const seen: unknown[] = [];
  let after: string | undefined;
  do {
    const page = await browse(backend, 'a', { ...READY, limit: 60, after });
    seen.push(...page.events.map(({ payload }) => payload));
    after = page.after;
  } while (after !== undefined);
  expect(seen).toEqual([...Array(150).keys(), ...Array(40).keys()]);
  const modes = await modesOf(() => browse(backend, 'a', { ...READY, limit: 60 }));
  expect(modes.length).toBeLessThan(10);
  expect(new Set(modes)).toEqual(new Set(['read']));
});

test('a page reads few rows, however many events there are', async () => {
  const { open } = openDatabase();
  const backend = open();
  await backend.publishMany(drafts('a', 5_000));
  expect((await browse(backend, 'a', { ...READY, limit: 5 })).events).toHaveLength(5);
  const modes = await modesOf(() => browse(backend, 'a', { ...READY, limit: 5 }));
  expect(modes.length).toBeLessThan(6);
});

test('a leased event names the context that holds it', async () => {
  const { open } = openDatabase();
  const [one, other] = [open(), open()];
  await one.publishMany(drafts('a', 3));
  await one.dequeue('a', 0);
  await other.dequeue('a', 0);
  const { events } = await browse(open(), 'a', { state: 'leased' });
  expect(events.map(({ attempts }) => attempts)).toEqual([1, 1]);
  const owners = events.map(({ owner }) => owner);
  expect(new Set(owners).size).toBe(2);
  expect(owners.every((owner) => typeof owner === 'string')).toBe(true);
});

test('rows that cannot be used are left out', async () => {
  const { open, database } = openDatabase();
  const backend = open();
  await backend.publishMany(drafts('a', 2));
  const opened = await settled(indexedDB.open(database));
  const stores = ['segments', 'returned', 'dead', 'epochs'];
  const transaction = opened.transaction(stores, 'readwrite');
  transaction.objectStore('segments').add({ queue: 'a', v: 1 });
  transaction.objectStore('returned').add({ queue: 'a', dueAt: 1, seq: 1, at: 'x', v: 1 });
  transaction.objectStore('dead').add({ queue: 'a', letter: 5, v: 1 });
  transaction.objectStore('epochs').add({ queue: 5, epoch: 1 });
  transaction.objectStore('epochs').add({ queue: 'no channel', epoch: 1 });
  await new Promise((resolve) => {
    transaction.oncomplete = resolve;
  });
  opened.close();
  expect((await browse(backend, 'a', READY)).events).toHaveLength(2);
  expect((await browse(backend, 'a', { state: 'dead' })).events).toEqual([]);
  expect((await channels(backend)).channels.map(({ channel }) => channel)).toEqual(['a']);
});

test('a backend that falls back to memory is browsed there', async () => {
  const { open } = openDatabase();
  const failing = {
    open: () => {
      throw new DOMException('no storage', 'SecurityError');
    },
  };
  const indexedDB = failing as unknown as IDBFactory;
  const backend = open({ indexedDB, fallback: memoryFallback });
  await backend.publish('a', 1);
  expect((await browse(backend, 'a', READY)).events).toMatchObject([{ payload: 1, attempts: 0 }]);
  expect((await channels(backend)).channels).toMatchObject([{ channel: 'a' }]);
});

test('later pages leave out an event that was published after the first page, also if it was returned', async () => {
  const { open } = openDatabase();
  const backend = open();
  const returnAll = async () => {
    for (const { eventId, lease } of await backend.dequeueMany('a', 10, 0))
      await backend.nack(eventId, lease, { delayMs: 0 });
  };
  await backend.publishMany(drafts('a', 3));
  await returnAll();
  const first = await browse(backend, 'a', { ...READY, limit: 2 });
  await backend.publish('a', 'late');
  await returnAll();
  const rest = await browse(backend, 'a', { ...READY, limit: 10, after: first.after });
  expect([first, rest].map(({ events }) => events.map(({ payload }) => payload))).toEqual([
    [0, 1],
    [2],
  ]);
});

const NONE = { ready: 0, scheduled: 0, leased: 0, dead: 0 };

for (const [state, delayMs, isTaken] of [
  ['ready', 0, false],
  ['scheduled', 60_000, false],
  // Neither a segment nor a waiting row has the event.
  ['leased', 1_000, true],
] as const)
  test(`a channel is listed whose only event is ${state}`, async () => {
    const { open, runtime } = openDatabase();
    const backend = open();
    await backend.publish('a', 1, null, { delayMs });
    await runtime.advance(1_000);
    if (isTaken) await backend.dequeue('a', 0, { leaseMs: 3_600_000 });
    const stats = { ...NONE, [state]: 1 };
    expect((await channels(open())).channels).toMatchObject([{ channel: 'a', stats }]);
  });
