// Covers src/core/listening/long-handlers.ts
import { expect, test } from 'vitest';
import type { Listener } from '../../../src/index.ts';
import { deferred } from '../../support/deferred.ts';
import { openChannel } from '../../support/open-channel.ts';

const WAITS = ['stop', 'drain', 'shutdown'] as const;

for (const wait of WAITS)
  test(`${wait}() that is awaited within its handler is reported once, after 5 s`, async () => {
    const { events, runtime, observer } = openChannel();
    const released = deferred();
    const listener: Listener = events.listen('orders', () =>
      Promise.race([wait === 'stop' ? listener.stop() : events[wait](), released.promise]),
    );
    const eventId = await events.publish('orders', 1);
    await runtime.settle();
    await runtime.advance(4_999);
    expect(observer.of('waiting-for-handler')).toEqual([]);
    await runtime.advance(60_000);
    expect(observer.of('waiting-for-handler')).toEqual([
      { type: 'waiting-for-handler', channel: 'orders', eventId, waitedMs: 5_000 },
    ]);
    released.resolve();
    await runtime.settle();
    await events.shutdown();
  });

test('a handler that starts during a drain is reported, and a handler that no caller waits for is not', async () => {
  const { events, runtime, observer } = openChannel();
  const handlers = [deferred(), deferred()];
  let startedCount = 0;
  events.listen('orders', () => handlers[startedCount++]?.promise);
  await events.publish('orders', 1);
  const second = await events.publish('orders', 2);
  await runtime.settle();
  await runtime.advance(20_000);
  const draining = events.drain();
  await runtime.advance(3_000);
  handlers[0]?.resolve();
  await runtime.advance(7_000);
  expect(observer.of('waiting-for-handler')).toEqual([
    { type: 'waiting-for-handler', channel: 'orders', eventId: second, waitedMs: 5_000 },
  ]);
  handlers[1]?.resolve();
  await draining;
  await events.shutdown();
  await runtime.advance(60_000);
  expect(observer.of('waiting-for-handler').length).toBe(1);
});

test('a handler that settles its event and calls stop() without awaiting it is not reported', async () => {
  const { events, runtime, observer } = openChannel();
  const listener: Listener = events.listen('orders', async (delivery) => {
    await delivery.ack();
    void listener.stop();
  });
  await events.publish('orders', 1);
  await runtime.settle();
  await listener.closed;
  await listener.stop();
  await runtime.advance(60_000);
  expect([listener.status, observer.of('waiting-for-handler')]).toEqual(['stopped', []]);
  await events.shutdown();
});

test('a stop() that begins long after its handler is reported 5 s after it began', async () => {
  const { events, runtime, observer } = openChannel();
  const handler = deferred();
  const listener = events.listen('orders', () => handler.promise);
  const eventId = await events.publish('orders', 1);
  await runtime.settle();
  await runtime.advance(20_000);
  const stopping = listener.stop();
  await runtime.advance(5_000);
  expect(observer.of('waiting-for-handler')).toEqual([
    { type: 'waiting-for-handler', channel: 'orders', eventId, waitedMs: 5_000 },
  ]);
  handler.resolve();
  await stopping;
  await events.shutdown();
});

test('a handler that has ended while its event is being settled is not reported', async () => {
  const answer = deferred();
  const delayed = { kind: 'delay', call: 'settle', nth: 1, until: answer.promise } as const;
  const { events, runtime, observer } = openChannel({}, [delayed]);
  events.listen('orders', () => {});
  await events.publish('orders', 1);
  await runtime.settle();
  const draining = events.drain();
  await runtime.advance(12_000);
  expect(observer.of('waiting-for-handler')).toEqual([]);
  answer.resolve();
  await draining;
  await events.shutdown();
});
