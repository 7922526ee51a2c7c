// Covers src/core/listening/channel-listener.ts, src/core/listening/run-handler.ts
import 'fake-indexeddb/auto';
import { expect, test } from 'vitest';
import { type AsyncEventBackend, EventChannel } from '../../../src/index.ts';
import { indexedDbBackend } from '../../../src/indexeddb.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';
import { bareBackend } from '../../support/bare-backend.ts';
import { type Deferred, deferred } from '../../support/deferred.ts';
import { openChannel } from '../../support/open-channel.ts';

/** A listener whose handler hangs on its event. */
async function openHung() {
  const opened = openChannel();
  const listener = opened.events.listen('orders', () => deferred().promise);
  await opened.events.publish('orders', 1);
  await opened.runtime.settle();
  return { ...opened, listener };
}

/** Stops a listener by `release`. The stop must resolve after `answer`, for which a call of the backend waits, and not before. */
async function expectStopAfter(answer: Deferred<void>, backend: AsyncEventBackend): Promise<void> {
  const runtime = new ManualRuntime();
  const events = new EventChannel({ backend, runtime });
  await events.publish('orders', 1);
  const listener = events.listen('orders', () => {});
  await runtime.settle();
  let isStopped = false;
  const stopping = listener.stop({ mode: 'release' }).then(() => {
    isStopped = true;
  });
  await runtime.settle();
  expect(isStopped).toBe(false);
  answer.resolve();
  await stopping;
}

test('stop: release resolves only after an acknowledgement in progress has ended', async () => {
  const answer = deferred();
  const bare = bareBackend();
  const ack: AsyncEventBackend['ack'] = async (...given) => {
    await answer.promise;
    return bare.ack(...given);
  };
  await expectStopAfter(answer, { ...bare, ack });
  expect(await bare.dequeue('orders', 0)).toBe(null);
});

test('stop: release resolves only after the events of a claim in progress were released', async () => {
  const answer = deferred();
  const bare = bareBackend();
  const dequeue: AsyncEventBackend['dequeue'] = async (...given) => {
    const message = await bare.dequeue(...given);
    await answer.promise;
    return message;
  };
  await expectStopAfter(answer, { ...bare, dequeue });
  expect((await bare.dequeue('orders', 0))?.payload).toBe(1);
});

test('stop, shutdown: a later call with release ends the wait of an earlier call', async () => {
  const one = await openHung();
  const finishing = one.listener.stop();
  await one.listener.stop({ mode: 'release' });
  await finishing;
  expect(one.listener.status).toBe('stopped');
  const two = await openHung();
  const closing = two.events.shutdown();
  await two.runtime.settle();
  await two.events.shutdown({ mode: 'release' });
  await closing;
  expect((await two.other.dequeue('orders', 0))?.attempts).toBe(2);
});

test('stop: an event that is claimed after any number of microtasks of the stop counts no attempt', async () => {
  for (let microtasks = 0; microtasks < 60; microtasks += 1) {
    const { events, runtime, other } = openChannel();
    let seen = 0;
    const listener = events.listen('orders', () => {
      seen += 1;
      return deferred().promise;
    });
    await runtime.settle();
    const publishing = events.publish('orders', 1);
    for (let n = 0; n < microtasks; n += 1) await undefined;
    await listener.stop({ mode: 'release' });
    await publishing;
    expect({ microtasks, seen, leased: (await other.stats('orders')).leased }).toMatchObject({
      leased: 0,
    });
    expect((await other.dequeue('orders', 0))?.attempts).toBe(seen + 1);
  }
});

test('stop: an event claimed during the stop counts no attempt over IndexedDB, and one over a backend without countsAsAttempt', async () => {
  const runtime = new ManualRuntime();
  const database = crypto.randomUUID();
  const backends = [indexedDbBackend({ database, runtime }), bareBackend()] as const;
  for (const [backend, attempts] of [
    [backends[0], 1],
    [backends[1], 2],
  ] as const) {
    const claimed = deferred();
    const answer = deferred();
    const dequeue: AsyncEventBackend['dequeue'] = async (channel, pollIntervalMs) => {
      const message = await backend.dequeue(channel, pollIntervalMs);
      claimed.resolve();
      await answer.promise;
      return message;
    };
    const { publish, ack, nack, shutdown, backendName, capabilities = {} } = backend;
    const { dequeueMany: _, ...rest } = capabilities;
    const verbs = {
      publish: publish.bind(backend),
      ack: ack.bind(backend),
      nack: nack.bind(backend),
      shutdown: shutdown.bind(backend),
    };
    const events = new EventChannel({
      backend: { ...verbs, dequeue, backendName, supportsAsync: true, capabilities: rest },
      runtime,
    });
    await events.publish('orders', 1);
    const listener = events.listen('orders', () => {});
    await claimed.promise;
    const stopping = listener.stop();
    answer.resolve();
    await stopping;
    expect((await backend.dequeue('orders', 0))?.attempts).toBe(attempts);
    await events.shutdown();
  }
});

test('stop: after a handler stopped its listener, the other events of its claim are released unhandled', async () => {
  const { events, runtime, other } = openChannel();
  const payloads: unknown[] = [];
  for (const payload of [1, 2, 3]) await events.publish('orders', payload);
  const listener = events.listen(
    'orders',
    ({ payload }) => {
      payloads.push(payload);
      void listener.stop({ mode: 'release' });
      return deferred().promise;
    },
    { concurrency: 3 },
  );
  await runtime.settle();
  await listener.closed;
  expect(payloads).toEqual([1]);
  const next = await other.dequeueMany('orders', 3, 0);
  expect(next.map(({ payload, attempts }) => [payload, attempts])).toEqual([
    [1, 2],
    [2, 1],
    [3, 1],
  ]);
});
