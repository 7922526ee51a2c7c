// Covers src/inspection/watch-dead-letters.ts
import { EventChannel, memoryBackend, memoryStore } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import { watchDeadLetters } from 'ackline/inspection';
import { ManualRuntime } from 'ackline/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { bareBackend } from '../support/bare-backend.ts';

type Shop = { orders: number };

function openWatched(options = {}) {
  const runtime = new ManualRuntime();
  const backend = memoryBackend({ store: memoryStore({ runtime }) });
  const reads = vi.spyOn(backend as Required<typeof backend>, 'deadLetters');
  const events = new EventChannel<Shop>({ backend, observer() {} });
  const kill = async (...orders: readonly number[]) => {
    for (const order of orders) {
      await events.publish('orders', order);
      await (await events.dequeue('orders'))?.reject();
    }
  };
  const watched = watchDeadLetters(events, 'orders', options);
  const letters = () => watched.getSnapshot().letters?.map(({ payload }) => payload);
  return { runtime, events, kill, reads, watched, letters };
}

test('the snapshot holds the oldest letters, and the same array until one comes or goes', async () => {
  const { runtime, events, kill, watched, letters } = openWatched({ limit: 2 });
  expect(watched.getSnapshot()).toEqual({ letters: undefined, isEnded: false });
  watched.subscribe(() => {});
  await kill(1, 2, 3);
  await runtime.advance(2_000);
  expect(letters()).toEqual([1, 2]);
  const before = watched.getSnapshot();
  await events.publish('orders', 4);
  await runtime.advance(2_000);
  expect(watched.getSnapshot()).toBe(before);
  await events.purge('orders', { limit: 1 });
  await runtime.advance(2_000);
  expect(letters()).toEqual([2, 3]);
});

test('a letter that was redriven and died again is a new one', async () => {
  const { runtime, events, kill, watched } = openWatched();
  watched.subscribe(() => {});
  await kill(1);
  await runtime.advance(2_000);
  const before = watched.getSnapshot();
  await events.redrive('orders');
  await (await events.dequeue('orders'))?.reject();
  await runtime.advance(2_000);
  expect(watched.getSnapshot()).not.toBe(before);
  expect(watched.getSnapshot().letters?.[0]?.redriven).toBeDefined();
});

test('while the channel has no dead letter, only its counts are read', async () => {
  const { runtime, events, kill, reads, watched } = openWatched();
  watched.subscribe(() => {});
  await events.publish('orders', 1);
  await (await events.dequeue('orders'))?.ack();
  await runtime.advance(2_000);
  expect(reads).not.toHaveBeenCalled();
  await kill(2);
  await runtime.advance(2_000);
  expect(reads).toHaveBeenCalled();
});

test('IndexedDB: letters of another context are shown', async () => {
  const database = `letters-${crypto.randomUUID()}`;
  const open = () => new EventChannel({ backend: indexedDbBackend({ database }), observer() {} });
  const [here, there] = [open(), open()];
  onTestFinished(async () => {
    await Promise.all([here.shutdown(), there.shutdown()]);
  });
  // A first read that opens the database takes long, and is followed by a long rest.
  await here.stats('orders');
  const watched = watchDeadLetters(here, 'orders');
  watched.subscribe(() => {});
  await there.publish('orders', 1);
  await (await there.dequeue('orders'))?.reject({ reason: 'unknown article' });
  const notes = () => watched.getSnapshot().letters?.map(({ note }) => note);
  await expect.poll(notes, { timeout: 10_000 }).toEqual(['unknown article']);
});

test('refuses a limit out of range, and a backend without dead letters', () => {
  const { events } = openWatched();
  expect(() => watchDeadLetters(events, 'orders', { limit: 0 })).toThrow('limit must be a whole');
  expect(() => watchDeadLetters(bareBackend(), 'orders')).toThrow(
    expect.objectContaining({ code: 'unsupported' }),
  );
});
