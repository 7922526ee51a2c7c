import { memoryStore } from 'ackline';
import { ManualRuntime } from 'ackline/testing';
import { expect, test, vi } from 'vitest';
import { FULL_CAPABILITIES } from '../../src/queue/capabilities.ts';
import { LocalNotifier } from '../../src/queue/notifier.ts';
import { SyncQueueBackend } from '../../src/queue/sync-queue-backend.ts';

/** A backend over a memory store, the channels that it has notified since, and another backend over the same store. */
function openSync(parts: Partial<ConstructorParameters<typeof SyncQueueBackend>[0]> = {}) {
  const runtime = new ManualRuntime();
  const store = memoryStore({ runtime });
  const notifier = new LocalNotifier();
  const notify = vi.spyOn(notifier, 'notify');
  const all = { backendName: 'queue', store, notifier, runtime, ...parts };
  const backend = new SyncQueueBackend(all);
  const other = new SyncQueueBackend({ ...all, notifier: new LocalNotifier() });
  const notified = () => {
    const channels = notify.mock.calls.map(([given]) => [...given]);
    notify.mockClear();
    return channels.filter(({ length }) => length > 0);
  };
  return { backend, other, store, notifier, runtime, notified };
}

test('publish, publishMany: wake the consumers of each channel once, when all events are stored', () => {
  const { backend, notified } = openSync();
  backend.publish('a', 1);
  expect(notified()).toEqual([['a']]);
  backend.publishMany(['a', 'b', 'a'].map((channel) => ({ channel, payload: 1 })));
  expect(notified()).toEqual([['a', 'b']]);
  expect([backend.publishMany([]), notified()]).toEqual([[], []]);
});

test('nack: wakes consumers where it was accepted, and other verbs do not', () => {
  const { backend, notified } = openSync();
  const [first, second] = [backend.publish('a', 1), backend.publish('a', 2)];
  const leases = backend.dequeueMany('a', 2, 0).map(({ lease }) => lease);
  notified();
  expect(backend.extend(first, leases[0], 9)).toBe('ok');
  expect(backend.ack(second)).toBe('ok');
  expect([backend.nack(second, leases[1]), backend.nack('unknown')]).toEqual(['gone', 'gone']);
  expect(notified()).toEqual([]);
  expect([backend.nack(first), notified()]).toEqual(['ok', [['a']]]);
  backend.dequeue('a', 0);
  expect([backend.reject(first), notified()]).toEqual(['ok', []]);
});

test('retryNow, redrive, releaseKey: wake consumers where something has become due, and a purge does not', () => {
  const { backend, notified } = openSync();
  const eventId = backend.publish('a', 1, null, { key: 'k', onDeadLetter: 'block' });
  backend.dequeue('a', 0);
  backend.nack(eventId, undefined, { delayMs: 5_000 });
  notified();
  expect([backend.retryNow('b'), backend.redrive('a'), backend.purge('a')]).toEqual([0, 0, 0]);
  expect(backend.releaseKey('a', 'k')).toBe(false);
  expect(notified()).toEqual([]);
  expect([backend.retryNow('a'), notified()]).toEqual([1, [['a']]]);
  backend.dequeue('a', 0);
  backend.reject(eventId);
  expect(backend.blockedKeys('a')).toEqual(['k']);
  expect([backend.releaseKey('a', 'k'), notified()]).toEqual([true, [['a']]]);
  expect([backend.redrive('a'), notified()]).toEqual([1, [['a']]]);
  backend.dequeue('a', 0);
  backend.reject(eventId);
  expect([backend.purge('a'), notified()]).toEqual([1, []]);
});

test('dequeue: with an aborted signal it throws the reason, and leases nothing', () => {
  const { backend } = openSync();
  backend.publish('a', 1);
  const signal = AbortSignal.abort(new Error('enough'));
  expect(() => backend.dequeue('a', 0, { signal })).toThrow('enough');
  expect(backend.dequeue('a', 0)?.attempts).toBe(1);
});

test('settle: after its lease was lost an event without a lease is stale, as the store has reported the loss', async () => {
  const { backend, other, runtime } = openSync();
  const eventId = backend.publish('a', 1);
  backend.dequeue('a', 0, { leaseMs: 10 });
  await runtime.advance(10);
  expect(other.dequeue('a', 0)?.attempts).toBe(2);
  expect([backend.ack(eventId), other.ack(eventId)]).toEqual(['stale', 'ok']);
});

test('shutdown: returns leased events, wakes their consumers, and closes notifier and store once', () => {
  const { backend, other, store, notifier, notified } = openSync();
  const closing = [vi.spyOn(store, 'close'), vi.spyOn(notifier, 'close')];
  for (const channel of ['a', 'b']) backend.publish(channel, 1);
  backend.dequeue('a', 0);
  notified();
  backend.shutdown();
  backend.shutdown();
  expect(notified()).toEqual([['a']]);
  expect(closing.map((close) => close.mock.calls.length)).toEqual([1, 1]);
  expect(other.dequeue('a', 0)?.payload).toBe(1);
});

test('shutdown: no report of the store reaches the backend any more', () => {
  const { backend, store } = openSync();
  const stopped = vi.fn();
  vi.spyOn(store, 'observe').mockReturnValue(stopped);
  backend.dequeue('a', 0);
  backend.dequeue('a', 0);
  expect([vi.mocked(store.observe).mock.calls.length, stopped.mock.calls.length]).toEqual([1, 0]);
  backend.shutdown();
  expect(stopped).toHaveBeenCalledTimes(1);
});

test('observe: an observer that throws does not disturb a publish', () => {
  const { backend } = openSync();
  const stop = backend.observe(() => {
    throw new Error('of the observer');
  });
  expect(backend.publish('a', 1)).toEqual(expect.any(String));
  stop();
});

/** A call of each verb that names a channel. */
const CALLS: Readonly<Record<string, (backend: SyncQueueBackend, channel: string) => unknown>> = {
  publish: (backend, channel) => backend.publish(channel, 1),
  publishMany: (backend, channel) => backend.publishMany([{ channel, payload: 1 }]),
  dequeue: (backend, channel) => backend.dequeue(channel, 0),
  dequeueMany: (backend, channel) => backend.dequeueMany(channel, 1, 0),
  retryNow: (backend, channel) => backend.retryNow(channel),
  stats: (backend, channel) => backend.stats(channel),
  deadLetters: (backend, channel) => backend.deadLetters(channel, 1),
  redrive: (backend, channel) => backend.redrive(channel),
  purge: (backend, channel) => backend.purge(channel),
  cancel: (backend, channel) => backend.cancel(channel, 'x'),
  blockedKeys: (backend, channel) => backend.blockedKeys(channel),
  releaseKey: (backend, channel) => backend.releaseKey(channel, 'k'),
};

for (const [verb, call] of Object.entries(CALLS)) {
  test(`${verb}: refuses a name that no channel may have`, () => {
    expect(() => call(openSync().backend, 'no spaces')).toThrow(TypeError);
  });

  test(`${verb}: throws after a shutdown, naming the backend`, () => {
    const { backend } = openSync();
    backend.shutdown();
    const closed = { code: 'closed', message: expect.stringContaining('queue backend') };
    expect(() => call(backend, 'a')).toThrow(expect.objectContaining(closed));
  });
}

test('settling verbs: throw after a shutdown, and refuse arguments out of range', () => {
  const { backend } = openSync();
  expect(() => backend.ack(5 as never)).toThrow('eventId must be a string');
  expect(() => backend.releaseKey('a', '')).toThrow('key must be a string');
  expect(() => backend.cancel('a', 5 as never)).toThrow('eventId must be a string');
  expect(() => backend.deadLetters('a', 0)).toThrow('limit must be');
  backend.shutdown();
  const calls = [() => backend.ack('x'), () => backend.nack('x'), () => backend.reject('x')];
  for (const call of [...calls, () => backend.extend('x', 1, 5)])
    expect(call).toThrow(expect.objectContaining({ code: 'closed' }));
});

test('deadLetters, redrive: a page begins after a cursor, and a shutdown ends a redrive between two steps', () => {
  const { backend, other } = openSync();
  const drafts = Array.from({ length: 1_001 }, (_, payload) => ({ channel: 'a', payload }));
  backend.publishMany(drafts);
  for (const { eventId } of backend.dequeueMany('a', 1_001, 0)) backend.reject(eventId);
  const [first] = backend.deadLetters('a', 1);
  expect(backend.deadLetters('a', 1, first?.cursor)).toMatchObject([{ payload: 1 }]);
  expect(() => backend.redrive('a', { onProgress: () => backend.shutdown() })).toThrow(
    expect.objectContaining({ code: 'closed' }),
  );
  expect(other.stats('a')).toMatchObject({ ready: 1_000, dead: 1 });
});

test('capabilities: all those of a store, unless others are given', () => {
  expect(openSync().backend.capabilities).toBe(FULL_CAPABILITIES);
  expect(openSync({ capabilities: {} }).backend.capabilities).toEqual({});
});
