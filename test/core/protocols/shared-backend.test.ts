import { expect, test } from 'vitest';
import { backendOf } from '../../../src/core/protocols/shared-backend.ts';
import type { ObserverEvent } from '../../../src/index.ts';
import {
  EventChannel,
  memoryBackend,
  SyncEventChannel,
  syncMemoryBackend,
} from '../../../src/index.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';
import { bareBackend } from '../../support/bare-backend.ts';
import { deferred } from '../../support/deferred.ts';

function openTwo() {
  const runtime = new ManualRuntime();
  const backend = memoryBackend({ runtime });
  const reported: ObserverEvent[] = [];
  const observer = (event: ObserverEvent) => void reported.push(event);
  const [first, second] = [0, 1].map(() => new EventChannel({ backend, observer })) as [
    EventChannel,
    EventChannel,
  ];
  const closings = () => reported.filter(({ type }) => type === 'listener-closed');
  return { runtime, backend, first, second, closings };
}

test('after a channel was shut down, listeners of another channel over the same backend still work', async () => {
  const { first, second, closings } = openTwo();
  const got: unknown[] = [];
  const listener = second.listen('orders', ({ payload }) => void got.push(payload));
  await first.shutdown();
  await second.publish('orders', 1);
  await second.drain();
  expect([got, listener.status, closings()]).toEqual([[1], 'running', []]);
  await second.shutdown();
  expect([listener.closeReason, closings()]).toEqual([undefined, []]);
});

test('when the last channel shuts down, the backend shuts down', async () => {
  const backend = bareBackend();
  const channels = [new EventChannel({ backend }), new EventChannel({ backend })];
  const verbs = () => backend.calls.filter(([verb]) => verb === 'shutdown').length;
  await channels[0]?.shutdown();
  await channels[0]?.shutdown();
  expect(verbs()).toBe(0);
  await channels[1]?.shutdown();
  expect(verbs()).toBe(1);
});

test('shutdown releases the events that the channel holds, and its deliveries settle nothing afterwards', async () => {
  for (const backend of [memoryBackend(), bareBackend()]) {
    const [first, second] = [new EventChannel({ backend }), new EventChannel({ backend })];
    await second.publish('orders', 1);
    await second.publish('orders', 2);
    const held = await first.dequeue('orders');
    const kept = await second.dequeue('orders');
    await first.shutdown();
    const again = await second.dequeue('orders', { pollIntervalMs: 0 });
    expect([again?.payload, again?.attempts]).toEqual([1, 2]);
    await expect(held?.ack()).rejects.toMatchObject({ code: 'closed' });
    expect([await again?.ack(), await kept?.ack()]).toEqual(['ok', 'ok']);
    await second.shutdown();
  }
});

test('shutdown ends the waits of its own channel, and no other waits', async () => {
  const { first, second, runtime } = openTwo();
  const waits = [first, second].map((events) =>
    events.dequeue('orders', { pollIntervalMs: 60_000 }),
  );
  const iterated = first.iterEvents('orders').next();
  await runtime.settle();
  await first.shutdown();
  expect([await waits[0], (await iterated).done]).toEqual([null, true]);
  await second.publish('orders', 1);
  expect((await waits[1])?.payload).toBe(1);
  await second.shutdown();
});

test('an event that a backend without signals delivers after the shutdown is released', async () => {
  const bare = bareBackend();
  const gate = deferred();
  const { dequeue } = bare;
  const backend = Object.assign(bare, {
    dequeue: (...given: Parameters<typeof dequeue>) => gate.promise.then(() => dequeue(...given)),
  });
  const [first, second] = [new EventChannel({ backend }), new EventChannel({ backend })];
  await second.publish('orders', 1);
  const waiting = first.dequeue('orders');
  await first.shutdown();
  gate.resolve();
  expect(await waiting).toBe(null);
  expect((await second.dequeue('orders'))?.attempts).toBe(2);
  await second.shutdown();
});

test('backend.shutdown() ends the listeners of every channel, and each reports the reason once', async () => {
  const { backend, first, second, closings, runtime } = openTwo();
  const listeners = [first, second].map((events) => events.listen('orders', () => undefined));
  await runtime.settle();
  await backend.shutdown();
  await runtime.advance(1_000);
  await Promise.all(listeners.map(({ closed }) => closed));
  const closed = expect.objectContaining({ code: 'closed' });
  const event = { type: 'listener-closed', channel: 'orders', error: closed };
  expect(closings()).toEqual([event, event]);
  expect(listeners.map(({ closeReason }) => closeReason)).toEqual([closed, closed]);
  await Promise.all([first.shutdown(), second.shutdown()]);
});

test('synchronous channels share a backend in the same way', () => {
  const backend = syncMemoryBackend();
  const reported: ObserverEvent[] = [];
  const observer = (event: ObserverEvent) => void reported.push(event);
  const [first, second] = [
    new SyncEventChannel({ backend }),
    new SyncEventChannel({ backend, observer }),
  ];
  second.publish('orders', 1);
  const held = first.dequeue('orders');
  first.shutdown();
  expect(() => held?.ack()).toThrow('shut down');
  expect(second.dequeue('orders')?.ack()).toBe('ok');
  const listener = second.listen('orders', () => undefined);
  backend.shutdown();
  expect([second.drain(), second.drain(), listener.status]).toEqual([0, 0, 'stopped']);
  expect(reported.filter(({ type }) => type === 'listener-closed').length).toBe(1);
  expect(reported.filter(({ type }) => type === 'fault')).toEqual([]);
});

test('backendOf: knows the backend of a client, and of no other object', async () => {
  const backend = memoryBackend();
  const sync = new SyncEventChannel({ backend: syncMemoryBackend() });
  const events = new EventChannel({ backend });
  expect(backendOf(events)).toBe(backend);
  expect(backendOf(sync)).toMatchObject({ supportsSync: true });
  expect(backendOf(backend)).toBeUndefined();
  await events.shutdown();
  sync.shutdown();
});
