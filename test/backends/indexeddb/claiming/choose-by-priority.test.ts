// Covers src/backends/indexeddb/claiming/choose-by-priority.ts, src/backends/indexeddb/scanning/hidden-rows.ts
import { expect, test } from 'vitest';
import { openDatabase, payloadsOf } from '../open-indexeddb.ts';
import { take } from '../open-scanned.ts';

function draftsOf(payload: string, count: number, priority: number) {
  return Array.from({ length: count }, () => ({ channel: 'a', payload, options: { priority } }));
}

test('a backlog of a high priority hides no other event from ageing', async () => {
  const { open, rows, runtime } = openDatabase();
  const backend = open();
  await backend.publish('a', 'retried');
  const retried = await take(backend);
  await backend.nack(retried.eventId, retried.lease, { delayMs: 1_000 });
  await runtime.advance(1_000);
  await backend.publish('a', 'returned');
  const returned = await take(backend);
  expect(returned.payload).toBe('returned');
  await backend.publish('a', 'fresh');
  await backend.publishMany([...draftsOf('low', 1, -100), ...draftsOf('high', 1_200, 1)]);
  await backend.nack(returned.eventId, returned.lease);
  const payloads: unknown[] = [];
  for (let claim = 0; claim < 4; claim += 1)
    payloads.push(...payloadsOf(await open().dequeueMany('a', 4, 0)));
  const others = payloads.filter((payload) => payload !== 'high');
  expect([payloads.length, others.toSorted()]).toEqual([
    16,
    ['fresh', 'low', 'retried', 'returned'],
  ]);
  expect((await rows('returned')).length).toBe(1_188);
});

test('contexts share the count of places until the oldest event gets one', async () => {
  const { open } = openDatabase();
  const contexts = [open(), open(), open()];
  await contexts[0]?.publishMany([...draftsOf('old', 2, -5), ...draftsOf('new', 20, 5)]);
  const payloads: unknown[] = [];
  for (let claim = 0; claim < 8; claim += 1)
    payloads.push((await take(contexts[claim % 3] as never)).payload);
  expect(payloads).toEqual(['new', 'new', 'new', 'old', 'new', 'new', 'new', 'old']);
});

test('events of a priority leave no row', async () => {
  const { open, rowsLeft, runtime } = openDatabase();
  const backend = open();
  await backend.publishMany([...draftsOf('low', 3, -5), ...draftsOf('high', 3, 5)]);
  for (let count = 0; count < 6; count += 1) {
    const { eventId, lease } = await take(backend);
    if (count % 3 === 0) await backend.nack(eventId, lease, { delayMs: 10 });
    else await backend.ack(eventId, lease);
  }
  await runtime.advance(10);
  for (let count = 0; count < 2; count += 1) {
    const { eventId, lease } = await take(backend);
    await backend.ack(eventId, lease);
  }
  expect(await backend.dequeue('a', 0)).toBeNull();
  for (const store of ['late', 'returned', 'claims', 'segments'])
    expect([store, await rowsLeft(store)]).toEqual([store, []]);
});

test('a consumer that waits in another context gets an event of a priority before its poll', async () => {
  const { open, runtime } = openDatabase();
  const [consumer, publisher] = [open(), open()];
  for (const priority of [-1, 1]) {
    const waiting = consumer.dequeue('a', 3_600_000);
    await runtime.advance(100);
    await publisher.publish('a', priority, null, { priority });
    await runtime.advance(1_000);
    // Without a hint the consumer would wait for its poll, which never ends, because the clock does not move.
    const message = await waiting;
    expect(message?.payload).toBe(priority);
    await consumer.ack(message?.eventId ?? '', message?.lease);
  }
});
