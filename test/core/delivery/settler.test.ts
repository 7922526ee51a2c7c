// Covers src/core/backend-calls.ts
import { describe, expect, test } from 'vitest';
import {
  AcklineError,
  EventChannel,
  type PublishOptions,
  SyncEventChannel,
} from '../../../src/index.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';
import { bareBackend, bareSyncBackend } from '../../support/bare-backend.ts';
import { openChannel } from '../../support/open-channel.ts';

function openBare() {
  const runtime = new ManualRuntime();
  const backend = bareBackend();
  return { backend, runtime, events: new EventChannel({ backend, runtime }) };
}

const lacks = (capability: string) =>
  expect.objectContaining({
    name: 'AcklineError',
    code: 'unsupported',
    message: expect.stringMatching(
      new RegExp(`needs the capability ${capability}, which the backend bare lacks$`),
    ),
  });

describe('over the five verbs alone, an option of a publish is refused, naming the capability that it needs', () => {
  const backend = bareBackend();
  const events = new EventChannel({ backend, runtime: new ManualRuntime() });
  const table: readonly (readonly [options: PublishOptions, capability: string])[] = [
    [{ availableAt: 5 }, 'availableAt'],
    [{ ttlMs: 5 }, 'ttlMs'],
    [{ priority: 1 }, 'priority'],
    [{ retentionMs: 5 }, 'retentionMs'],
    [{ id: 'x' }, 'id'],
    [{ dedupeWindowMs: 5 }, 'id'],
    [{ maxBacklog: 5 }, 'maxBacklog'],
    [{ whenFull: 'drop-oldest' }, 'maxBacklog'],
    [{ after: 'x' }, 'after'],
    [{ key: 'k' }, 'keys'],
    [{ replaces: 'waiting' }, 'replace'],
  ];
  for (const [options, capability] of table)
    test(`${Object.keys(options)}: ${capability}`, async () => {
      await expect(events.publish('orders', 1, null, options)).rejects.toEqual(lacks(capability));
      expect(backend.calls).toEqual([]);
    });
});

describe('over the five verbs alone, a call that needs a capability is refused, naming backend and capability', () => {
  const backend = bareBackend();
  const runtime = new ManualRuntime();
  const events = new EventChannel({ backend, runtime });
  const table: readonly (readonly [capability: string, what: string, call: () => unknown])[] = [
    ['delayMs', 'publish', () => events.publish('orders', 1, null, { delayMs: 5 })],
    [
      'delayMs',
      'publishMany',
      () =>
        events.publishMany([
          { channel: 'orders', payload: 1 },
          { channel: 'orders', payload: 2, options: { delayMs: 5 } },
        ]),
    ],
    ['durability', 'publish', () => events.publish('orders', 1, null, { durability: 'relaxed' })],
    ['delayMs', 'nack', () => events.nack('id', { delayMs: 5 })],
    ['leaseMs', 'dequeue', () => events.dequeue('orders', { leaseMs: 5 })],
    ['maxAttempts', 'listen', () => events.listen('orders', () => {}, { maxAttempts: 5 })],
    ['leaseMs', 'the client', () => new EventChannel({ backend, leaseMs: 5 })],
    [
      'maxAttempts',
      'a channel',
      () => new EventChannel({ backend, channels: { orders: { maxAttempts: 5 } } }),
    ],
    ['extend', 'maxHoldMs', () => events.listen('orders', () => {}, { maxHoldMs: 5 })],
    ['reject', 'reject', () => events.reject('id')],
    ['extend', 'extend', () => events.extend('id', 5)],
    ['stats', 'stats', () => events.stats('orders')],
    ['deadLetters', 'deadLetters', () => events.deadLetters('orders')],
  ];
  for (const [capability, what, call] of table)
    test(`${capability}: ${what}`, async () => {
      await expect((async () => call())()).rejects.toEqual(lacks(capability));
      expect(backend.calls).toEqual([]);
    });
});

test('over the five verbs alone, zero needs no capability', async () => {
  const { events, backend } = openBare();
  const eventId = await events.publish('orders', 1, null, { delayMs: 0 });
  await events.dequeue('orders');
  expect(await events.nack(eventId, { delayMs: 0 })).toBe('ok');
  expect(backend.calls.map(([verb]) => verb)).toEqual(['publish', 'dequeue', 'nack']);
});

test('over the five verbs alone, publishMany checks all events, then publishes one after the other', async () => {
  const { events, backend } = openBare();
  const drafts = [1, 2].map((payload) => ({ channel: 'orders', payload }));
  expect(await events.publishMany(drafts)).toEqual(['event-1', 'event-2']);
  const bad = [...drafts, { channel: 'no spaces', payload: 3 }];
  await expect(events.publishMany(bad)).rejects.toThrow(TypeError);
  const uncloneable = [...drafts, { channel: 'orders', payload: () => {} }];
  await expect(events.publishMany(uncloneable)).rejects.toThrow(AcklineError);
  expect(backend.calls.length).toBe(2);
});

test('over the five verbs alone, dequeueMany claims one event', async () => {
  const { events } = openBare();
  for (const payload of [1, 2]) await events.publish('orders', payload);
  const deliveries = await events.dequeueMany('orders', 5);
  expect(deliveries.map(({ payload }) => payload)).toEqual([1]);
});

test('over the five verbs alone, the channel copies and checks the payload', async () => {
  const { events } = openBare();
  const payload = { items: [1] };
  const publishing = events.publish('orders', payload);
  payload.items.push(2);
  await publishing;
  expect((await events.dequeue('orders'))?.payload).toEqual({ items: [1] });
  await expect(events.publish('orders', { run: () => {} })).rejects.toMatchObject({
    code: 'not-cloneable',
    channel: 'orders',
    path: 'payload.run',
  });
});

test('over the five verbs alone, the backend gets no option of a capability that it lacks', async () => {
  const { events, backend } = openBare();
  await events.publish('orders', 1, { trace: 'a' });
  await events.dequeue('orders');
  expect(backend.calls).toEqual([
    ['publish', 'orders', 1, { trace: 'a' }, {}],
    ['dequeue', 'orders', 1_000, {}],
  ]);
});

test('over the five verbs alone, the backend gets any error as name and message', async () => {
  const { events, backend } = openBare();
  const eventId = await events.publish('orders', 1);
  await (await events.dequeue('orders'))?.nack({ error: new RangeError('too far') });
  await events.nack(eventId, { error: null });
  expect(backend.calls.filter(([verb]) => verb === 'nack')).toEqual([
    ['nack', eventId, undefined, { error: { name: 'RangeError', message: 'too far' } }],
    ['nack', eventId, undefined, {}],
  ]);
});

test('over five synchronous verbs alone, a call that needs a capability is refused', () => {
  const backend = bareSyncBackend();
  const events = new SyncEventChannel({ backend, runtime: new ManualRuntime() });
  expect(() => events.publish('orders', 1, null, { delayMs: 5 })).toThrow(lacks('delayMs'));
  expect(() => events.reject('id')).toThrow(lacks('reject'));
  expect(() => events.stats('orders')).toThrow(lacks('stats'));
  expect(backend.calls).toEqual([]);
});

test('ack: it accepts an id, a delivery, or id and lease', async () => {
  const { events, other } = openChannel();
  for (const payload of [1, 2, 3]) await events.publish('orders', payload);
  const [one, two, three] = await events.dequeueMany('orders', 3);
  expect(await events.ack(one?.eventId ?? '')).toBe('ok');
  expect(await events.ack(two as NonNullable<typeof two>)).toBe('ok');
  const { eventId = '', lease, channel = '' } = three ?? {};
  expect(await events.ack({ eventId, channel, lease: Number(lease) })).toBe('ok');
  expect(await other.stats('orders')).toMatchObject({ leased: 0, ready: 0 });
});

test('ack: an id whose event was delivered twice is settled with the newest lease', async () => {
  const { events, runtime, observer } = openChannel({ leaseMs: 1_000 });
  const eventId = await events.publish('orders', 1);
  const late = await events.dequeue('orders');
  await runtime.advance(1_000);
  await events.dequeue('orders');
  expect(await late?.ack()).toBe('stale');
  expect(await events.ack(eventId)).toBe('ok');
  // An id has no channel, so the channel comes from the remembered delivery.
  expect(observer.of('settled').at(-1)).toMatchObject({ channel: 'orders', settlement: 'ok' });
});

test('extend: after it, later settlements by id still have the lease', async () => {
  const { events, observer } = openChannel();
  const eventId = await events.publish('orders', 1);
  await events.dequeue('orders');
  expect(await events.extend(eventId, 5_000)).toBe('ok');
  expect(await events.extend(eventId, 5_000)).toBe('ok');
  expect(await events.nack(eventId)).toBe('ok');
  expect(observer.of('settled').at(-1)).toMatchObject({ channel: 'orders', verb: 'nack' });
  expect(await events.nack(eventId)).toBe('gone');
});
