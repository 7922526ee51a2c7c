// Covers src/backends/indexeddb/claiming/choose-events.ts, src/backends/indexeddb/claiming/commit-claim.ts
import type { ObserverEvent } from 'ackline';
import { expect, test } from 'vitest';
import { countRequests } from '../../../support/count-requests.ts';
import { faultyIndexedDb } from '../../../support/faulty-indexeddb.ts';
import { openDatabase, payloadsOf } from '../open-indexeddb.ts';
import { take } from '../open-scanned.ts';

const TTL_MS = 5_000;

function draftsOf(count: number, options?: { readonly ttlMs: number }) {
  return Array.from({ length: count }, (_, payload) => ({ channel: 'a', payload, options }));
}

test('one claim passes a thousand expired events, and they leave nothing but dead letters', async () => {
  const { open, rows, rowsLeft, runtime } = openDatabase();
  const backend = open();
  await backend.publishMany([...draftsOf(1_500, { ttlMs: TTL_MS }), ...draftsOf(1)]);
  await backend.publish('a', 'delayed', null, { ttlMs: TTL_MS, delayMs: TTL_MS });
  await runtime.advance(TTL_MS);
  const { requests } = countRequests();
  const { eventId, payload, attempts } = await take(backend);
  expect([payload, attempts]).toEqual([0, 1]);
  expect(requests.filter((request) => request === 'add epochs').length).toBeLessThanOrEqual(3);
  await backend.ack(eventId);
  expect(await backend.dequeue('a', 0)).toBeNull();
  expect(await backend.stats('a')).toMatchObject({
    ready: 0,
    leased: 0,
    scheduled: 0,
    dead: 1_501,
  });
  for (const store of ['late', 'returned', 'claims', 'segments'])
    expect([store, await rowsLeft(store)]).toEqual([store, []]);
  expect((await rows('dead')).length).toBe(1_501);
});

test('where an expired event cannot be made a dead letter, the others are delivered', async () => {
  const { open, runtime } = openDatabase();
  const faulty = faultyIndexedDb();
  const backend = open({ indexedDB: faulty.factory, leaseMode: 'available' });
  const reports: ObserverEvent[] = [];
  backend.observe((event) => reports.push(event));
  await backend.publishMany([...draftsOf(2, { ttlMs: TTL_MS }), ...draftsOf(2)]);
  await runtime.advance(TTL_MS);
  faulty.strike('quota', 'settle', 2);
  const messages = await backend.dequeueMany('a', 4, 0, { leaseMs: 1_000 });
  expect(payloadsOf(messages)).toEqual([0, 1]);
  expect([reports.map(({ type }) => type), faulty.pending]).toEqual([['fault'], 0]);
  for (const { eventId, lease } of messages) await backend.extend(eventId, lease, 60_000);
  await runtime.advance(1_000);
  expect(await backend.dequeue('a', 0)).toBeNull();
  const letters = await backend.deadLetters('a', 10);
  expect(letters.map(({ reason }) => reason)).toEqual(['expired', 'expired']);
});
