// Covers src/core/receiver.ts, src/queue/claim-waiter.ts
import 'fake-indexeddb/auto';
import { expect, test } from 'vitest';
import { type AsyncEventBackend, EventChannel, memoryBackend } from '../../src/index.ts';
import { indexedDbBackend } from '../../src/indexeddb.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { deferred } from '../support/deferred.ts';
import { openChannel } from '../support/open-channel.ts';

/** A channel whose shutdown waits for a handler that hangs. */
async function openClosing(backend: AsyncEventBackend) {
  const events = new EventChannel({ backend });
  const handler = deferred();
  const started = deferred();
  events.listen('busy', () => {
    started.resolve();
    return handler.promise;
  });
  await events.publish('busy', 1);
  await started.promise;
  const ending = new AbortController();
  const waits = [
    events.dequeue('orders', { pollIntervalMs: 3_600_000 }),
    events.dequeue('orders', { pollIntervalMs: 3_600_000, signal: ending.signal }),
  ];
  return { events, handler, waits };
}

const backends = {
  memory: () => memoryBackend({ runtime: new ManualRuntime() }),
  IndexedDB: () => indexedDbBackend({ database: crypto.randomUUID() }),
};

test.each(Object.entries(backends))(
  'shutdown: while it waits for handlers that publish, a dequeue delivers nothing (%s)',
  async (_, open) => {
    const backend = open();
    const { events, handler, waits } = await openClosing(backend);
    const closing = events.shutdown();
    await events.publish('orders', 1);
    await expect(events.dequeue('orders')).rejects.toMatchObject({ code: 'closed' });
    await expect(events.dequeueMany('orders', 2)).rejects.toMatchObject({ code: 'closed' });
    expect(await Promise.all(waits)).toEqual([null, null]);
    expect(await backend.stats?.('orders')).toMatchObject({ ready: 1, leased: 0 });
    handler.resolve();
    await closing;
  },
);

test('dequeue: after an abort it rejects with the reason of the caller, although the channel shuts down', async () => {
  const { events } = openChannel();
  const ending = new AbortController();
  const waiting = events.dequeue('orders', { signal: ending.signal });
  const refused = expect(waiting).rejects.toBe('enough');
  ending.abort('enough');
  await events.shutdown();
  await refused;
});

test('shutdown, abort: after any number of microtasks a dequeue delivers, or counts no attempt', async () => {
  for (const isAbort of [false, true])
    for (let microtasks = 0; microtasks < 40; microtasks += 1) {
      const { events, other } = openChannel();
      const ending = new AbortController();
      const options = { pollIntervalMs: 3_600_000, ...(isAbort && { signal: ending.signal }) };
      const waiting = events.dequeue('orders', options).catch(() => null);
      for (let n = 0; n < 20; n += 1) await undefined;
      await other.publish('orders', 1);
      for (let n = 0; n < microtasks; n += 1) await undefined;
      ending.abort();
      await events.shutdown();
      const attempts = (await waiting) ? 2 : 1;
      expect({ microtasks, attempts: (await other.dequeue('orders', 0))?.attempts }).toEqual({
        microtasks,
        attempts,
      });
    }
});

/** A channel over a backend that claims an event and answers only after `answer`, also when its caller aborts. */
async function openSlow() {
  const { backend, other } = openChannel();
  const claimed = deferred();
  const answer = deferred();
  const slow: AsyncEventBackend = {
    supportsAsync: true,
    backendName: 'slow',
    capabilities: { countsAsAttempt: true },
    publish: (...given) => backend.publish(...given),
    ack: (...given) => backend.ack(...given),
    nack: (...given) => backend.nack(...given),
    shutdown: () => backend.shutdown(),
    async dequeue(channel, pollIntervalMs) {
      const message = await backend.dequeue(channel, pollIntervalMs);
      claimed.resolve();
      await answer.promise;
      return message;
    },
  };
  await other.publish('orders', 1);
  return { events: new EventChannel({ backend: slow }), other, claimed, answer };
}

test('dequeue, iterEvents: an event that was claimed for a caller that no longer waits is released uncounted', async () => {
  const looping = await openSlow();
  const iterator = looping.events.iterEvents('orders');
  const next = iterator.next();
  await looping.claimed.promise;
  const returned = iterator.return?.();
  looping.answer.resolve();
  await returned;
  expect(await next).toMatchObject({ done: true });
  expect((await looping.other.dequeue('orders', 0))?.attempts).toBe(1);

  const calling = await openSlow();
  const ending = new AbortController();
  const refused = expect(calling.events.dequeue('orders', { signal: ending.signal })).rejects.toBe(
    'enough',
  );
  await calling.claimed.promise;
  ending.abort('enough');
  calling.answer.resolve();
  await refused;
  expect((await calling.other.dequeue('orders', 0))?.attempts).toBe(1);
});
