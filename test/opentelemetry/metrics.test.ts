// Covers src/opentelemetry/instruments.ts, src/opentelemetry/observe-backlog.ts, src/opentelemetry/run-in-span.ts
import { observeBacklog } from 'ackline/opentelemetry';
import { ManualRuntime } from 'ackline/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTelemetry, openTraced, type Telemetry } from './open-telemetry.ts';

let sdk: Telemetry;
let runtime: ManualRuntime;
beforeEach(() => {
  sdk = openTelemetry();
  runtime = new ManualRuntime();
});
afterEach(() => sdk.end());

const ORDERS = { 'messaging.system.name': 'ackline', 'messaging.destination.name': 'orders' };
const named = (name: string) => ({ ...ORDERS, 'messaging.operation.name': name });
const operation = (name: string, type: string) => ({
  ...named(name),
  'messaging.operation.type': type,
});

test('metrics: messages sent and consumed are counted, and operations and handlers are measured', async () => {
  const { events } = openTraced(sdk, runtime)({ runtime });
  await events.publish('orders', 1);
  await events.publishMany([1, 2, 3].map((payload) => ({ channel: 'orders', payload })));
  await events.publish('orders', () => undefined).catch(() => undefined);
  const delivery = await events.dequeue('orders');
  await delivery?.ack();
  events.listen('orders', async () => {
    await new Promise<void>((resolve) => runtime.after(2_000, resolve));
    throw new RangeError('too far');
  });
  const drained = events.drain();
  await runtime.advance(2_000);
  await events.shutdown({ mode: 'release' });
  await drained.catch(() => undefined);
  const points = await sdk.points();
  expect(points.get('messaging.client.sent.messages')).toEqual([
    { ...named('publish'), value: 1 },
    { ...named('publishMany'), value: 3 },
    { ...named('publish'), 'error.type': 'not-cloneable', value: 1 },
  ]);
  expect(points.get('messaging.client.consumed.messages')).toEqual([
    { ...named('dequeue'), value: expect.any(Number) },
  ]);
  expect(points.get('messaging.client.operation.duration')).toEqual(
    expect.arrayContaining([
      { ...operation('publish', 'send'), value: 1 },
      { ...operation('dequeue', 'receive'), value: 1 },
      { ...operation('ack', 'settle'), value: 1 },
    ]),
  );
  expect(points.get('messaging.process.duration')?.[0]).toEqual({
    ...named('process'),
    'error.type': 'RangeError',
    value: expect.any(Number),
  });
});

test('metrics: durations are those of the runtime, in seconds', async () => {
  const { events } = openTraced(sdk, runtime)({ runtime });
  await events.publish('orders', 1);
  events.listen('orders', () => new Promise<void>((resolve) => runtime.after(2_500, resolve)));
  const drained = events.drain();
  await runtime.advance(2_500);
  await drained;
  await events.shutdown();
  const sums = await sdk.sums();
  expect(sums.get('messaging.process.duration')).toBe(2.5);
  expect((await sdk.points()).get('messaging.client.consumed.messages')).toEqual([
    { ...named('dequeue'), value: 1 },
  ]);
});

test('observeBacklog: reports the events of each channel by state, until it is stopped', async () => {
  const { events } = openTraced(sdk, runtime)();
  await events.publish('orders', 1);
  await events.publish('orders', 2, null, { delayMs: 60_000 });
  let calls = 0;
  const counted = {
    stats(channel: string) {
      calls += 1;
      return events.stats(channel);
    },
  };
  const stop = observeBacklog(counted, ['orders', 'mails'], { meter: sdk.meter });
  const observed = (await sdk.points()).get('ackline.channel.events');
  const state = (channel: string, name: string, value: number) => ({
    'messaging.system.name': 'ackline',
    'messaging.destination.name': channel,
    'ackline.event.state': name,
    value,
  });
  expect(observed).toEqual(
    expect.arrayContaining([
      state('orders', 'ready', 1),
      state('orders', 'leased', 0),
      state('orders', 'scheduled', 1),
      state('orders', 'dead', 0),
      state('mails', 'ready', 0),
    ]),
  );
  expect(observed).toHaveLength(8);
  expect(calls).toBe(2);
  stop();
  await sdk.points();
  expect(calls).toBe(2);
  await events.shutdown();
});

test('observeBacklog: leaves out a channel that cannot be counted', async () => {
  const { events } = openTraced(sdk, runtime)();
  await events.shutdown();
  observeBacklog(events, ['orders'], { meter: sdk.meter });
  expect((await sdk.points()).get('ackline.channel.events')).toBeUndefined();
});

test('observeBacklog: refuses wrong arguments by name', () => {
  const { events } = openTraced(sdk, runtime)();
  const wrong = (value: unknown) => value as never;
  expect(() => observeBacklog(wrong({}), [])).toThrow('events must be an event channel');
  expect(() => observeBacklog(events, wrong('orders'))).toThrow('channels must be an array');
  expect(() => observeBacklog(events, ['no name'])).toThrow('channel');
  expect(() => observeBacklog(events, [], { meter: wrong({}) })).toThrow('meter must be a Meter');
});
