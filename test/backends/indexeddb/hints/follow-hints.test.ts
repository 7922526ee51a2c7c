// Covers src/backends/indexeddb/hints/hint-notifier.ts
// Covers src/backends/indexeddb/claiming/queue-cache.ts
import { expect, test } from 'vitest';
import { drafts, type FullBackend, openDatabase, payloadsOf } from '../open-indexeddb.ts';
import { countScans, takeAndAck } from '../open-scanned.ts';
import { openStore } from '../open-store.ts';

/** A consumer that has found nothing and sleeps, and another context whose hints reach it. */
async function openSleeping() {
  const opened = openDatabase();
  const [consumer, other] = [opened.open(), opened.open()];
  expect(await consumer.dequeue('a', 0)).toBe(null);
  await other.stats('a');
  const wait = async (limit = 9) => {
    // By then settled events are deleted, and the only timer is that of the wait.
    await opened.runtime.advance(250);
    const waiting = consumer.dequeueMany('a', limit, 60_000);
    await expect.poll(() => opened.runtime.pendingTimers).toBe(1);
    return { waiting };
  };
  return { ...opened, consumer, other, wait };
}

const settleAll = (backend: FullBackend, messages: readonly { eventId: string }[]) =>
  Promise.all(messages.map(({ eventId }) => backend.ack(eventId)));

test('a consumer that follows a hint reads only the new segments', async () => {
  const { consumer, other, wait } = await openSleeping();
  const scans = countScans();
  for (const payload of [1, 2, 3]) {
    const { waiting } = await wait();
    scans.count = 0;
    await other.publish('a', payload);
    const messages = await waiting;
    expect([payloadsOf(messages), scans.count]).toEqual([[payload], 0]);
    await settleAll(consumer, messages);
  }
});

test('events of several publishers are delivered in order after one hint', async () => {
  const { consumer, other, open, wait } = await openSleeping();
  const { waiting } = await wait(1);
  await other.publish('b', 'of another channel');
  await other.publishMany(drafts('a', 3));
  const taken = [...(await waiting)];
  await open().publish('a', 3);
  await consumer.publish('a', 4);
  for (let event = 1; event < 5; event += 1) taken.push(...(await consumer.dequeueMany('a', 1, 0)));
  expect(payloadsOf(taken)).toEqual([0, 1, 2, 3, 4]);
});

test('events that are published after a long backlog are delivered after it', async () => {
  const { consumer, other, wait } = await openSleeping();
  const { waiting } = await wait(1);
  for (let event = 0; event < 60; event += 1) await other.publish('a', event);
  const taken = [...(await waiting)];
  while (taken.length < 60) taken.push(...(await consumer.dequeueMany('a', 7, 1_000)));
  expect(payloadsOf(taken)).toEqual(Array.from({ length: 60 }, (_, event) => event));
});

test('a hint leads to an event that another context has nacked', async () => {
  const { consumer, database, other, wait } = await openSleeping();
  await consumer.publish('a', 'again');
  const [held] = await consumer.dequeueMany('a', 1, 0);
  const { waiting } = await wait();
  await other.nack(String(held?.eventId), held?.lease);
  // A context that settles a lease of another context posts no hint. The test posts one instead.
  const wire = new BroadcastChannel(`ackline:${database}`);
  wire.postMessage({ ackline: 1, channels: ['a'] });
  wire.close();
  expect(payloadsOf(await waiting)).toEqual(['again']);
});

test('a hint of a delayed event makes the consumer scan', async () => {
  const { other, runtime, wait } = await openSleeping();
  const { waiting } = await wait();
  const scans = countScans();
  await other.publish('a', 'later', null, { delayMs: 500 });
  await expect.poll(() => scans.count).toBe(1);
  await runtime.advance(500);
  expect(payloadsOf(await waiting)).toEqual(['later']);
});

test('an unusable row is moved to quarantine, and hides no later event', async () => {
  const { backend, store, write, open } = await openStore();
  await backend.publish('a', 0);
  // This claim scans, so the context knows that segments are small, and its next scan reads more of them.
  expect(await takeAndAck(backend)).toBe(0);
  for (const payload of [1, 2]) await backend.publish('a', payload);
  await write('segments', { v: 1, queue: 'a', seq: 'no number' });
  // The next claim scans again, and the unusable row is among the rows that it reads.
  store.receiverOf('a')?.invalidate();
  expect(await takeAndAck(backend)).toBe(1);
  await open().backend.publish('a', 3);
  await backend.publish('a', 4);
  expect([await takeAndAck(backend), await takeAndAck(backend)]).toEqual([2, 3]);
  expect(await takeAndAck(backend)).toBe(4);
  expect(await backend.dequeue('a', 0)).toBe(null);
  expect(await store.quarantined('a', 9)).toMatchObject([{ reason: 'malformed' }]);
});
