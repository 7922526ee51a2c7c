import { memoryBackend, memoryStore } from 'ackline';
import { browse, channels } from 'ackline/inspection';
import { ManualRuntime } from 'ackline/testing';
import { expect, test } from 'vitest';

test('an event whose due time came while its channel slept is ready, not scheduled', async () => {
  const runtime = new ManualRuntime();
  const backend = memoryBackend({ runtime });
  await backend.publish('orders', 1, null, { delayMs: 1_000 });
  await runtime.advance(1_000);
  expect((await browse(backend, 'orders', { state: 'ready' })).events).toHaveLength(1);
  expect((await browse(backend, 'orders', { state: 'scheduled' })).events).toEqual([]);
});

test('events that return are listed before those that were never delivered', async () => {
  const backend = memoryBackend({ runtime: new ManualRuntime() });
  for (const payload of [1, 2, 3]) await backend.publish('orders', payload);
  const messages = (await backend.dequeueMany?.('orders', 2, 0)) ?? [];
  for (const { eventId } of [...messages].reverse()) await backend.nack(eventId);
  await backend.publish('orders', 4);
  const { events } = await browse(backend, 'orders', { state: 'ready', payload: true });
  expect(events.map(({ payload }) => payload)).toEqual([1, 2, 3, 4]);
});

test('with isolation none the stored payload itself is shown', async () => {
  const payload = { call: () => 1 };
  const backend = memoryBackend({ store: memoryStore({ isolation: 'none' }) });
  await backend.publish('orders', payload);
  const { events } = await browse(backend, 'orders', { state: 'ready', payload: true });
  expect(events[0]?.payload).toBe(payload);
});

test('a channel whose dead letters were all dropped from a page ends the browse', async () => {
  const backend = memoryBackend({ store: memoryStore({ maxDeadLetters: 2 }) });
  const die = async (payload: number) => {
    await backend.publish('orders', payload);
    const message = await backend.dequeue('orders', 0);
    await backend.reject?.(message?.eventId ?? '');
  };
  for (const payload of [1, 2]) await die(payload);
  const { after } = await browse(backend, 'orders', { state: 'dead', limit: 1 });
  for (const payload of [3, 4]) await die(payload);
  expect(await browse(backend, 'orders', { state: 'dead', after })).toEqual({ events: [] });
});

test('channels: a channel that only remembers published ids holds no event', async () => {
  const backend = memoryBackend();
  await backend.publish('orders', 1, null, { id: 'one' });
  const message = await backend.dequeue('orders', 0);
  await backend.ack(message?.eventId ?? '');
  expect(await channels(backend)).toEqual({ channels: [] });
});

test('an event with a time to live says when it expires', async () => {
  const runtime = new ManualRuntime();
  const backend = memoryBackend({ runtime });
  await backend.publish('orders', 1, null, { ttlMs: 500 });
  const { events } = await browse(backend, 'orders', { state: 'ready' });
  expect(events[0]?.expiresAt).toBe(runtime.now() + 500);
});

test('an event that waits for an earlier one of its key is ready, and keeps its place', async () => {
  const backend = memoryBackend();
  for (const payload of [1, 2, 3]) await backend.publish('orders', payload, null, { key: 'a' });
  await backend.publish('orders', 4, null, { key: 'b' });
  const first = await backend.dequeue('orders', 0);
  const list = async (after?: string) => {
    const page = await browse(backend, 'orders', {
      state: 'ready',
      limit: 1,
      after,
      payload: true,
    });
    return { ...page, seen: page.events.map(({ payload, key }) => [payload, key]) };
  };
  const page = await list();
  expect(page.seen).toEqual([[2, 'a']]);
  await backend.ack(first?.eventId ?? '');
  const next = await list(page.after);
  expect([next.seen, (await list(next.after)).seen]).toEqual([[[3, 'a']], [[4, 'b']]]);
});
