// Covers src/backends/indexeddb/hints/hint-channel.ts, src/backends/indexeddb/hints/hint-notifier.ts
import { expect, test } from 'vitest';
import { faultyIndexedDb } from '../../../support/faulty-indexeddb.ts';
import { faultyWire, type WireFault } from '../../../support/faulty-wire.ts';
import { openDatabase } from '../open-indexeddb.ts';

/** A consumer that has found nothing and waits, in another context than the publisher. */
async function openWaiting(fault: WireFault, pollIntervalMs: number) {
  const wire = faultyWire();
  const { open, runtime } = openDatabase();
  const { factory, strike } = faultyIndexedDb();
  const [publisher, consumer] = [open({ indexedDB: factory }), open()];
  // Opening sets timers too, so the contexts are opened before the wait.
  for (const backend of [publisher, consumer]) await backend.stats('a');
  const waiting = consumer.dequeue('a', pollIntervalMs);
  await expect.poll(() => runtime.pendingTimers).toBe(1);
  // By now each context has received the hello of the other.
  wire.fault = fault;
  return { wire, publisher, consumer, runtime, waiting, strike };
}

test('when a hint is lost, the event is delivered after one poll interval', async () => {
  const { publisher, runtime, waiting } = await openWaiting('lost', 1_000);
  await publisher.publish('a', 1);
  await runtime.advance(999);
  expect(await publisher.stats('a')).toMatchObject({ ready: 1 });
  await runtime.advance(1);
  expect(await waiting).toMatchObject({ payload: 1, attempts: 1 });
});

test('when a hint arrives twice, the event is delivered once', async () => {
  const { publisher, consumer, waiting } = await openWaiting('doubled', 60_000);
  await publisher.publish('a', 1);
  expect(await waiting).toMatchObject({ payload: 1, attempts: 1 });
  expect(await consumer.dequeue('a', 0)).toBeNull();
  expect(await publisher.dequeue('a', 0)).toBeNull();
});

test('a consumer that is woken for an acknowledged event goes on waiting', async () => {
  const { wire, publisher, waiting, runtime } = await openWaiting('late', 60_000);
  await publisher.publish('a', 'taken elsewhere');
  const taken = await publisher.dequeue('a', 0);
  expect(await publisher.ack(String(taken?.eventId))).toBe('ok');
  wire.release();
  wire.fault = 'none';
  await publisher.stats('a');
  // By then settled events are deleted.
  await runtime.advance(250);
  await publisher.stats('a');
  expect(runtime.pendingTimers).toBe(1);
  await publisher.publish('a', 'next');
  expect(await waiting).toMatchObject({ payload: 'next' });
});

test('after a commit a hint is posted, and after a failed commit none is posted', async () => {
  const { wire, publisher, waiting, strike } = await openWaiting('late', 60_000);
  strike('quota', 'publish');
  await expect(publisher.publish('a', 1)).rejects.toMatchObject({ code: 'quota' });
  expect(wire.lateCount).toBe(0);
  await publisher.publish('a', 2);
  expect(wire.lateCount).toBe(1);
  wire.release();
  expect(await waiting).toMatchObject({ payload: 2 });
});
