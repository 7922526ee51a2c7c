// Covers src/outbox/create-outbox.ts, src/outbox/outbox-options.ts
import { expect, test } from 'vitest';
import { EventChannel } from '../../src/index.ts';
import { createOutbox } from '../../src/outbox.ts';
import { bareBackend } from '../support/bare-backend.ts';
import { openChannel } from '../support/open-channel.ts';
import { openFilled } from './open-outbox.ts';

test('pause and resume: running requests end, nothing else starts, and the reason is shown', async () => {
  const { requests, runtime, outbox, view, network } = await openFilled(3);
  outbox.pause('metered connection');
  requests[0]?.answer({ result: 'done' });
  await runtime.advance(60_000);
  expect(requests.length).toBe(1);
  expect(view.getSnapshot()).toMatchObject({ state: 'paused', pauseReason: 'metered connection' });
  network.set(false);
  network.set(true);
  await runtime.advance(60_000);
  expect(requests.length).toBe(1);
  outbox.resume();
  await runtime.settle();
  expect(requests.length).toBe(2);
  expect(() => outbox.pause(5 as never)).toThrow(new TypeError('reason must be a string, got 5'));
  await outbox.stop({ mode: 'release' });
});

test('flush: ends a hold, and makes due what waits for a back-off', async () => {
  const { requests, runtime, outbox } = await openFilled(2);
  requests[0]?.answer({ result: 'retry', afterMs: 3_600_000 });
  await runtime.settle();
  requests[1]?.answer({ result: 'hold', afterMs: 3_600_000 });
  await runtime.settle();
  await outbox.flush();
  await runtime.settle();
  expect(requests.length).toBe(3);
  requests[2]?.answer({ result: 'done' });
  await runtime.settle();
  expect(requests.length).toBe(4);
  await outbox.stop({ mode: 'release' });
});

test('flush: sends nothing during a pause or without a network', async () => {
  const { requests, runtime, outbox, network } = await openFilled(1);
  network.set(false);
  await runtime.settle();
  await outbox.flush();
  await runtime.advance(60_000);
  expect(requests.length).toBe(1);
  outbox.pause();
  network.set(true);
  await outbox.flush();
  await runtime.advance(60_000);
  expect(requests.length).toBe(1);
  await outbox.stop();
});

test('stop: ends the work and its watches, and leaves the events in the channel', async () => {
  const { requests, runtime, outbox, network, other } = await openFilled(3);
  const stopped = outbox.stop({ mode: 'release' });
  await runtime.settle();
  await stopped;
  expect(requests[0]?.signal.aborted).toBe(true);
  expect(network.watcherCount()).toBe(0);
  expect(await other.stats('orders')).toMatchObject({ ready: 3, leased: 0 });
  network.set(false);
  network.set(true);
  await runtime.advance(60_000);
  expect(requests.length).toBe(1);
});

test('shutdown of the channel: the outbox closes', async () => {
  const { events, outbox, network } = await openFilled(0);
  await events.shutdown();
  await outbox.closed;
  expect(network.watcherCount()).toBe(0);
});

test('a backend of the five verbs alone: sends, and has no counts', async () => {
  const events = new EventChannel({ backend: bareBackend(), pollIntervalMs: 10 });
  const sent: unknown[] = [];
  const outbox = createOutbox({
    events,
    channel: 'orders',
    send: ({ payload }) => void sent.push(payload),
  });
  const stop = outbox.watch().subscribe(() => undefined);
  await events.publish('orders', 1);
  await expect.poll(() => sent).toEqual([1]);
  await expect(outbox.whenIdle()).rejects.toMatchObject({ code: 'unsupported' });
  expect(outbox.watch().getSnapshot()).toMatchObject({
    waiting: null,
    sending: null,
    failed: null,
  });
  stop();
  await events.shutdown();
});

test('options: refused by name', async () => {
  const { events } = openChannel();
  const base = { events, channel: 'orders', send: () => undefined };
  const cases: readonly (readonly [object, string])[] = [
    [{ send: 5 }, 'send must be a function or a batch sender, got 5'],
    [{ events: {} }, 'events must be an EventChannel, got an object'],
    [{ maxConcurrency: 0 }, 'maxConcurrency must be a whole number from 1, got 0'],
    [
      { returnJitterMs: -1 },
      'returnJitterMs must be a whole number of milliseconds from 0, got -1',
    ],
    [{ probe: 'yes' }, 'probe must be a function, got "yes"'],
    [{ connectivity: {} }, 'connectivity must be an object with isOnline and watch, got an object'],
    [{ concurrency: 2 }, 'an outbox has no option "concurrency"'],
    [{ autoAck: false }, 'an outbox has no option "autoAck"'],
    [{ leaseMss: 1 }, 'there is no option "leaseMss"'],
  ];
  for (const [given, message] of cases)
    expect(() => createOutbox({ ...base, ...given } as never)).toThrow(new TypeError(message));
  await events.shutdown();
});

test('keys: an event that fails holds back its key only, and the order of each key is kept', async () => {
  const { requests, runtime, outbox, events } = await openFilled(0);
  for (const [payload, key] of [
    ['a1', 'a'],
    ['a2', 'a'],
    ['b1', 'b'],
    ['b2', 'b'],
  ])
    await events.publish('orders', payload, null, { key });
  await runtime.settle();
  requests[0]?.answer({ result: 'retry', afterMs: 60_000 });
  await runtime.settle();
  for (const at of [1, 2]) {
    requests[at]?.answer({ result: 'done' });
    await runtime.settle();
  }
  await runtime.advance(59_999);
  expect(requests.map(({ delivery }) => delivery.payload)).toEqual(['a1', 'b1', 'b2']);
  await runtime.advance(1);
  requests[3]?.answer({ result: 'reject', reason: '422' });
  await runtime.settle();
  expect(requests.slice(3).map(({ delivery }) => delivery.payload)).toEqual(['a1', 'a2']);
  await outbox.stop({ mode: 'release' });
});
