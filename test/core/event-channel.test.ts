// Covers src/core/session.ts, src/core/receiver.ts
import { describe, expect, test } from 'vitest';
import { EventChannel, type EventChannelOptions, memoryBackend } from '../../src/index.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { deferred } from '../support/deferred.ts';
import { openChannel } from '../support/open-channel.ts';

const backend = memoryBackend();

describe('new EventChannel: invalid options are refused, naming option, expectation and value', () => {
  const bad: readonly (readonly [options: unknown, message: string])[] = [
    [undefined, 'options must be an object with backend, got undefined'],
    [null, 'options must be an object with backend, got null'],
    [{}, 'backend must be an asynchronous backend, such as memoryBackend(), got undefined'],
    [
      { backend: {} },
      'backend must be an asynchronous backend, such as memoryBackend(), got an object',
    ],
    [{ backend, observer: {} }, 'observer must be a function, got an object'],
    [{ backend, runtime: {} }, 'runtime must be a Runtime, got an object'],
    [{ backend, runtime: null }, 'runtime must be a Runtime, got null'],
    [{ backend, leaseMs: 0 }, 'leaseMs must be a whole number of milliseconds from 1, got 0'],
    [{ backend, channels: [] }, 'channels must be an object, got an array'],
    [{ backend, channels: { orders: 5 } }, 'options must be an object, got 5'],
    [
      { backend, channels: { orders: { concurrency: 0 } } },
      'concurrency must be a whole number from 1, got 0',
    ],
    [{ backend, leaseMS: 5 }, 'there is no option "leaseMS"'],
    [{ backend, channels: { orders: { observer: 1 } } }, 'there is no option "observer"'],
  ];
  for (const [options, message] of bad)
    test(message, () => {
      const make = () => new EventChannel(options as EventChannelOptions<Record<string, unknown>>);
      expect(make).toThrow(new TypeError(message));
    });

  test('channel names', () => {
    expect(() => new EventChannel({ backend, channels: { 'no spaces': {} } })).toThrow(
      /^channel must match .+, got "no spaces"$/,
    );
  });
});

describe('calls: invalid arguments are refused, naming option, expectation and value', () => {
  const { events } = openChannel();
  const given = <T>(value: unknown): T => value as T;
  const limit = 'limit must be a whole number from 1, got 0';
  const bad: readonly (readonly [message: string, call: () => unknown])[] = [
    [limit, () => events.dequeueMany('orders', 0)],
    [limit, () => events.deadLetters('orders', { limit: 0 })],
    ['options must be an object, got null', () => events.deadLetters('orders', given(null))],
    ['options must be an object, got null', () => events.dequeue('orders', given(null))],
    ['options must be an object, got null', () => events.iterEvents('orders', given(null))],
    ['options must be an object, got null', () => events.publish('orders', 1, null, given(null))],
    ['options must be an object, got 5', () => events.nack('id', given(5))],
    ['there is no option "leasems"', () => events.dequeue('orders', given({ leasems: 5 }))],
    ['there is no option "limit"', () => events.iterEvents('orders', given({ limit: 5 }))],
    [
      'signal must be an AbortSignal, got an object',
      () => events.dequeue('orders', given({ signal: {} })),
    ],
    [
      'signal must be an AbortSignal, got 5',
      () => events.iterEvents('orders', given({ signal: 5 })),
    ],
    [
      'pollIntervalMs must be a whole number of milliseconds from 0, got -1',
      () => events.dequeue('orders', { pollIntervalMs: -1 }),
    ],
    ['events must be an array, got an object', () => events.publishMany(given({}))],
    ['event must be an object, got null', () => events.publishMany([given(null)])],
    ['event must be a delivery or an event id, got 42', () => events.ack(given(42))],
    ['event must be a delivery or an event id, got an object', () => events.nack(given({}))],
    ['reason must be a string, got 42', () => events.reject('id', { reason: given(42) })],
    [
      'delayMs must be a whole number of milliseconds from 0, got -1',
      () => events.nack('id', { delayMs: -1 }),
    ],
    [
      'ms must be a whole number of milliseconds from 1, got undefined',
      () => events.extend('id', given(undefined)),
    ],
  ];
  for (const [message, call] of bad)
    test(`${message} (${String(call).slice(6, 40)})`, async () => {
      await expect((async () => call())()).rejects.toThrow(new TypeError(message));
    });
});

test('settings: a call overrides its channel, the channel overrides the client, the client overrides defaults', async () => {
  const runtime = new ManualRuntime();
  const memory = memoryBackend({ runtime });
  const channels = { slow: { leaseMs: 9_000 } };
  const events = new EventChannel({ backend: memory, channels, leaseMs: 5_000 });
  const leaseOf = async (channel: string, options = {}) => {
    await events.publish(channel, 1);
    const delivery = await events.dequeue(channel, options);
    return Number(delivery?.leaseExpiresAt) - runtime.now();
  };
  expect(await leaseOf('orders')).toBe(5_000);
  expect(await leaseOf('slow')).toBe(9_000);
  expect(await leaseOf('slow', { leaseMs: 1 })).toBe(1);
  expect(await leaseOf('slow', { leaseMs: undefined })).toBe(9_000);
});

test('settings: publish uses the maxEventBytes of its channel, unless the call sets another', async () => {
  const channels = { small: { maxEventBytes: 100 } };
  const events = new EventChannel({ backend: memoryBackend(), channels });
  const payload = 'x'.repeat(100);
  const tooLarge = { code: 'too-large', channel: 'small' };
  await expect(events.publish('small', payload)).rejects.toMatchObject(tooLarge);
  const unset = { maxEventBytes: undefined } as never;
  await expect(events.publish('small', payload, null, unset)).rejects.toMatchObject(tooLarge);
  await events.publish('small', payload, null, { maxEventBytes: 1_000 });
  await events.publish('large', payload);
});

test('publishMany: an empty batch resolves with an empty list', async () => {
  expect(await openChannel().events.publishMany([])).toEqual([]);
});

test('dequeueMany: leases up to the limit, and each delivery is settled separately', async () => {
  const { events } = openChannel();
  for (const payload of [1, 2, 3]) await events.publish('orders', payload);
  const deliveries = await events.dequeueMany('orders', 2);
  expect(deliveries.map(({ payload }) => payload)).toEqual([1, 2]);
  expect(await deliveries[0]?.ack()).toBe('ok');
  expect(await events.stats('orders')).toMatchObject({ ready: 1, leased: 1 });
});

test('drain: handles all due events, waits for running handlers, and counts the events', async () => {
  const { events, runtime } = openChannel();
  const handler = deferred();
  const seen: unknown[] = [];
  for (const payload of [1, 2, 3]) await events.publish('orders', payload);
  await events.publish('invoices', 4);
  events.listen('orders', async ({ payload }) => {
    if (payload === 3) await handler.promise;
    seen.push(payload);
  });
  events.listen('invoices', ({ payload }) => seen.push(payload));
  let count: number | undefined;
  const draining = events.drain().then((handled) => {
    count = handled;
  });
  await runtime.settle();
  expect(count).toBe(undefined);
  handler.resolve();
  await draining;
  expect(count).toBe(4);
  expect(new Set(seen)).toEqual(new Set([1, 2, 3, 4]));
});

test('drain: with free handler slots it still waits for the running handler', async () => {
  const { events, runtime } = openChannel();
  const handler = deferred();
  events.listen('orders', () => handler.promise, { concurrency: 3 });
  await events.publish('orders', 1);
  await runtime.settle();
  let isDrained = false;
  const draining = events.drain().then((count) => {
    isDrained = true;
    return count;
  });
  await runtime.settle();
  expect(isDrained).toBe(false);
  handler.resolve();
  expect(await draining).toBe(1);
});

test('drain: events that are not due are not waited for, and their listener handles them later', async () => {
  const { events, runtime } = openChannel();
  const seen: unknown[] = [];
  events.listen('orders', ({ payload }) => seen.push(payload));
  await events.publish('orders', 'later', null, { delayMs: 5_000 });
  expect(await events.drain()).toBe(0);
  await runtime.advance(5_000);
  expect(seen).toEqual(['later']);
});

test('drain: without listeners it resolves with 0', async () => {
  expect(await openChannel().events.drain()).toBe(0);
});

test('shutdown: at the end of an `await using` block the channel is shut down and has no timer', async () => {
  const { runtime, events } = openChannel();
  {
    await using scoped = events;
    scoped.listen('orders', () => {});
    void scoped.iterEvents('orders').next();
    await runtime.settle();
    expect(runtime.pendingTimers).toBeGreaterThan(0);
  }
  expect(runtime.pendingTimers).toBe(0);
  await expect(events.publish('orders', 1)).rejects.toMatchObject({ code: 'closed' });
});

test('shutdown: after it, another backend over the same store still works', async () => {
  const { events, other } = openChannel();
  await events.publish('orders', 1);
  await events.shutdown();
  expect((await other.dequeue('orders', 0))?.payload).toBe(1);
});

test('drain: when its signal aborts it rejects, and the listeners go on', async () => {
  const { events, runtime } = openChannel();
  const handler = deferred();
  events.listen('orders', () => handler.promise);
  await events.publish('orders', 1);
  await runtime.settle();
  const ending = new AbortController();
  const draining = events.drain({ signal: ending.signal });
  ending.abort();
  await expect(draining).rejects.toBe(ending.signal.reason);
  await expect(events.drain({ signal: AbortSignal.abort('late') })).rejects.toBe('late');
  await expect(events.drain({ signal: 5 as never })).rejects.toThrow(
    new TypeError('signal must be an AbortSignal, got 5'),
  );
  const again = events.drain({ signal: new AbortController().signal });
  handler.resolve();
  expect(await again).toBe(1);
});
