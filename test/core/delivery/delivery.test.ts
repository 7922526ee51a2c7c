import { expect, test } from 'vitest';
import { AcklineError, EventChannel } from '../../../src/index.ts';
import { bareBackend } from '../../support/bare-backend.ts';
import { openChannel } from '../../support/open-channel.ts';

test('delivery: it is the frozen message plus the settling verbs', async () => {
  const { events, other } = openChannel();
  await events.publish('orders', { total: 9 }, { trace: 'a' });
  const delivery = await events.dequeue('orders');
  expect(Object.isFrozen(delivery)).toBe(true);
  expect(delivery).toMatchObject({ channel: 'orders', payload: { total: 9 }, attempts: 1 });
  expect(await other.ack(delivery?.eventId ?? '', delivery?.lease)).toBe('ok');
});

test('delivery: extend without a duration uses the leaseMs of the claim', async () => {
  const { events, runtime, other } = openChannel();
  await events.publish('orders', 1);
  const delivery = await events.dequeue('orders', { leaseMs: 7_000 });
  await runtime.advance(6_000);
  expect(await delivery?.extend()).toBe('ok');
  await runtime.advance(6_999);
  expect(await other.dequeue('orders', 0)).toBe(null);
  await runtime.advance(1);
  expect((await other.dequeue('orders', 0))?.attempts).toBe(2);
});

test('delivery: reject accepts a reason, or options', async () => {
  const { events } = openChannel();
  for (const payload of [1, 2]) await events.publish('orders', payload);
  const error = { name: 'Error', message: 'broken' };
  await (await events.dequeue('orders'))?.reject('unknown');
  await (await events.dequeue('orders'))?.reject({ reason: 'odd', error });
  const letters = await events.deadLetters('orders');
  expect(letters.map(({ note, lastError }) => [note, lastError])).toEqual([
    ['unknown', null],
    ['odd', error],
  ]);
});

test('delivery: when a settlement shows that the lease is lost, its signal aborts', async () => {
  const { events, other } = openChannel();
  await events.publish('orders', 1);
  const delivery = await events.dequeue('orders');
  const { signal } = delivery ?? {};
  // Another consumer settles with this lease. No store reports that as a lost lease.
  await other.nack(String(delivery?.eventId), delivery?.lease);
  await other.dequeue('orders', 0);
  expect(signal?.aborted).toBe(false);
  expect(await delivery?.extend()).toBe('stale');
  expect(signal?.aborted).toBe(true);
  expect(signal).toBe(delivery?.signal);
});

test('delivery: after the lease was lost, a signal that is read for the first time has aborted', async () => {
  const { events } = openChannel();
  await events.publish('orders', 1);
  const delivery = await events.dequeue('orders');
  await delivery?.ack();
  expect(await delivery?.ack()).toBe('gone');
  expect(delivery?.signal.aborted).toBe(true);
});

test('delivery: after a settlement failed, the caller can settle again', async () => {
  const error = new AcklineError('storage', 'disk on fire');
  const { events } = openChannel({}, [{ kind: 'fail', call: 'settle', nth: 1, error }]);
  await events.publish('orders', 1);
  const delivery = await events.dequeue('orders');
  await expect(delivery?.ack()).rejects.toBe(error);
  expect(await delivery?.ack()).toBe('ok');
});

test('delivery: after the answer to an ack was lost, a second ack answers gone', async () => {
  const error = new AcklineError('storage', 'connection lost');
  const { events } = openChannel({}, [{ kind: 'drop', call: 'settle', nth: 1, error }]);
  await events.publish('orders', 1);
  const delivery = await events.dequeue('orders');
  await expect(delivery?.ack()).rejects.toBe(error);
  expect(await delivery?.ack()).toBe('gone');
});

test('delivery: after a nack with invalid options was refused, the listener still acks', async () => {
  const { events, runtime } = openChannel();
  const refusals: unknown[] = [];
  events.listen('orders', async (delivery) => {
    try {
      await delivery.nack({ delayMs: -1 });
    } catch (error) {
      refusals.push(error);
    }
  });
  await events.publish('orders', 1);
  await runtime.settle();
  expect(refusals).toEqual([
    new TypeError('delayMs must be a whole number of milliseconds from 0, got -1'),
  ]);
  expect(await events.stats('orders')).toMatchObject({ ready: 0, leased: 0 });
});

test('verbs: invalid arguments reject, never throw, and leave the delivery unsettled', async () => {
  const { events } = openChannel();
  await events.publish('orders', 1);
  const delivery = await events.dequeue('orders');
  if (!delivery) throw new Error('nothing was delivered');
  const mistakes = [
    () => delivery.nack({ delayMs: -1 }),
    () => delivery.nack(5 as never),
    () => delivery.reject(5 as never),
    () => delivery.extend(0),
  ];
  for (const mistake of mistakes) await expect(mistake()).rejects.toThrow(TypeError);
  expect(await delivery.ack()).toBe('ok');
});

test('verbs: a verb that the backend lacks rejects as unsupported', async () => {
  const events = new EventChannel({ backend: bareBackend() });
  await events.publish('orders', 1);
  const delivery = await events.dequeue('orders');
  await expect(delivery?.reject()).rejects.toMatchObject({ code: 'unsupported' });
  expect(await delivery?.ack()).toBe('ok');
});
