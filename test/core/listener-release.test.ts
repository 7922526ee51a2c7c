import { expect, test } from 'vitest';
import { type AsyncEventBackend, EventChannel } from '../../src/index.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { bareBackend } from '../support/bare-backend.ts';
import { deferred } from '../support/deferred.ts';
import { openChannel } from '../support/open-channel.ts';

/** A listener whose handler has an event and hangs. */
async function openHung() {
  const opened = openChannel();
  const listener = opened.events.listen('orders', () => deferred().promise);
  await opened.events.publish('orders', 1);
  await opened.runtime.settle();
  return { ...opened, listener };
}

test('stop: release resolves only when an acknowledgement under way is over', async () => {
  const answer = deferred();
  const bare = bareBackend();
  const ack: AsyncEventBackend['ack'] = async (...given) => {
    await answer.promise;
    return bare.ack(...given);
  };
  const runtime = new ManualRuntime();
  const events = new EventChannel({ backend: { ...bare, ack }, runtime });
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
  expect(await bare.dequeue('orders', 0)).toBe(null);
});

test('stop: release resolves only when a claim under way was handed back', async () => {
  const answer = deferred();
  const bare = bareBackend();
  const dequeue: AsyncEventBackend['dequeue'] = async (...given) => {
    const message = await bare.dequeue(...given);
    await answer.promise;
    return message;
  };
  const runtime = new ManualRuntime();
  const events = new EventChannel({ backend: { ...bare, dequeue }, runtime });
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
  expect((await bare.dequeue('orders', 0))?.payload).toBe(1);
});

test('stop, shutdown: a later release ends the wait of an earlier call', async () => {
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
