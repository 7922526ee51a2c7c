// Covers src/results/*.ts, src/backends/memory/results.ts, src/backends/memory/reports.ts,
// src/backends/memory/move-letters.ts, src/backends/memory/event-state.ts, src/core/publish-options-of.ts
import {
  EventChannel,
  memoryBackend,
  memoryStore,
  SyncEventChannel,
  syncMemoryBackend,
} from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { browse } from 'ackline/inspection';
import { publishAndWait, resultOf, waitFor } from 'ackline/results';
import { ManualRuntime } from 'ackline/testing';
import { expect, test, vi } from 'vitest';

function openWatched() {
  const runtime = new ManualRuntime();
  const store = memoryStore({ runtime });
  const reads = vi.spyOn(store, 'results');
  const events = new EventChannel<{ orders: number }, { orders: string }>({
    backend: memoryBackend({ store }),
  });
  return { runtime, store, reads, events };
}

test('publishAndWait: resolves with the reply of the consumer', async () => {
  const { runtime, events } = openWatched();
  events.listen('orders', (delivery) => delivery.ack(`order ${delivery.payload}`));
  const waiting = publishAndWait(events, 'orders', 17, null, { id: 'cart' });
  await runtime.settle();
  expect(await waiting).toEqual({
    ...{ eventId: 'cart', state: 'acknowledged', reply: 'order 17', attempts: 1 },
    acknowledgedAt: runtime.now(),
  });
  await events.shutdown();
});

test('publishAndWait: what a handler returns is no reply, and a dead letter is a result', async () => {
  const { runtime, events } = openWatched();
  events.listen('orders', async (delivery) => {
    if (delivery.payload === 2) await delivery.reject('no such order');
    return 'returned';
  });
  const waits = [1, 2].map((order) => publishAndWait(events, 'orders', order));
  await runtime.settle();
  expect(await Promise.all(waits)).toMatchObject([
    { state: 'acknowledged', reply: undefined },
    { state: 'dead', reason: 'rejected', note: 'no such order' },
  ]);
  await events.shutdown();
});

test('publishAndWait: the result is kept for five minutes, or for the given time', async () => {
  const { runtime, events } = openWatched();
  events.listen('orders', (delivery) => delivery.ack('done'));
  await publishAndWait(events, 'orders', 1, null, { id: 'a' });
  await publishAndWait(events, 'orders', 1, null, { id: 'b', retentionMs: 1_000 });
  await runtime.advance(1_000);
  expect(await waitFor(events, 'orders', 'b')).toEqual({ eventId: 'b', state: 'unknown' });
  await runtime.advance(298_999);
  expect(await waitFor(events, 'orders', 'a')).toMatchObject({ reply: 'done' });
  await runtime.advance(1);
  expect(await resultOf(events, 'orders', 'a')).toEqual({ eventId: 'a', state: 'unknown' });
  await events.shutdown();
});

test('publishAndWait: refuses options before it publishes', async () => {
  const { events } = openWatched();
  for (const options of [{ retentionMs: 0 }, { timeoutMs: 0 }, { timeoutMs: 1.5 }])
    await expect(publishAndWait(events, 'orders', 1, null, options)).rejects.toThrow(TypeError);
  const signal = AbortSignal.abort('no');
  await expect(publishAndWait(events, 'orders', 1, null, { signal })).rejects.toBe('no');
  expect((await events.stats('orders')).ready).toBe(0);
  await events.shutdown();
});

test('a backend without retention refuses the option, and every function', async () => {
  const backend = broadcastBackend({ name: crypto.randomUUID() });
  const events = new EventChannel({ backend });
  const refusal = { code: 'unsupported' };
  await expect(events.publish('orders', 1, null, { retentionMs: 5 })).rejects.toMatchObject(
    refusal,
  );
  await expect(publishAndWait(events, 'orders', 1)).rejects.toMatchObject(refusal);
  await expect(waitFor(events, 'orders', 'a')).rejects.toMatchObject(refusal);
  await expect(resultOf(events, 'orders', 'a')).rejects.toMatchObject(refusal);
  await events.shutdown();
});

test('a wait reads when the channel changes and once more, and not while nothing changes', async () => {
  const { runtime, reads, events } = openWatched();
  const eventId = await events.publish('orders', 1, null, { retentionMs: 1_000 });
  const waits = [1, 2, 3].map(() => waitFor(events, 'orders', eventId, { timeoutMs: Infinity }));
  await runtime.advance(10_000);
  const settled = reads.mock.calls.length;
  expect(settled).toBeLessThanOrEqual(4);
  await runtime.advance(3_600_000);
  expect(reads).toHaveBeenCalledTimes(settled);
  expect(runtime.pendingTimers).toBe(0);
  const delivery = await events.dequeue('orders');
  await delivery?.ack('done');
  expect(await Promise.all(waits)).toMatchObject(waits.map(() => ({ reply: 'done' })));
  await runtime.settle();
  reads.mockClear();
  await events.publish('orders', 2);
  await runtime.advance(10_000);
  expect(reads).not.toHaveBeenCalled();
  await events.shutdown();
});

test('an error of the storage ends the wait, and the event goes on', async () => {
  const { runtime, reads, events } = openWatched();
  const eventId = await events.publish('orders', 1, null, { retentionMs: 1_000 });
  reads.mockImplementationOnce(() => {
    throw new Error('broken');
  });
  await expect(waitFor(events, 'orders', eventId)).rejects.toThrow('broken');
  const waiting = waitFor(events, 'orders', eventId);
  const delivery = await events.dequeue('orders');
  await delivery?.ack('done');
  await runtime.settle();
  expect(await waiting).toMatchObject({ state: 'acknowledged' });
  await events.shutdown();
});

test('the retention of a channel counts where the publish has none', async () => {
  const events = new EventChannel({
    backend: memoryBackend(),
    channels: { orders: { retentionMs: 60_000 } },
  });
  for (const options of [undefined, { retentionMs: 0 }])
    await events.publish('orders', options ? 'zero' : 'kept', null, options);
  await events.publish('other', 1);
  for (const channel of ['orders', 'orders', 'other']) await (await events.dequeue(channel))?.ack();
  const kept = async (channel: string) =>
    (await browse(events, channel, { state: 'acknowledged', payload: true })).events;
  expect(await kept('orders')).toMatchObject([{ payload: 'kept' }]);
  expect(await kept('other')).toEqual([]);
  await events.shutdown();
});

test('a synchronous channel keeps replies, and its results are read at once', () => {
  const events = new SyncEventChannel({ backend: syncMemoryBackend(), autoDrain: false });
  const reply = { id: 1 };
  events.listen('orders', (delivery) => delivery.ack(reply));
  const eventId = events.publish('orders', 1, null, { retentionMs: 1_000 });
  expect(resultOf(events, 'orders', eventId)).toEqual({ eventId, state: 'pending' });
  events.drain();
  reply.id = 2;
  const result = resultOf(events, 'orders', eventId);
  expect(result).toMatchObject({ state: 'acknowledged', reply: { id: 1 } });
  events.shutdown();
});

test('ended results are dropped by claims, a few at a time', async () => {
  const { runtime, store, events } = openWatched();
  for (let order = 0; order < 250; order += 1)
    await events.publish('orders', order, null, { retentionMs: 1_000 });
  for (const delivery of await events.dequeueMany('orders', 250)) await delivery.ack('done');
  await runtime.advance(1_000);
  const { results } = store.lanes.of('orders');
  expect(results.size).toBe(250);
  for (const left of [150, 50, 0]) {
    await events.dequeue('orders', { pollIntervalMs: 0 });
    expect(results.size).toBe(left);
  }
  await events.shutdown();
});
