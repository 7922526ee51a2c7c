// Covers src/core/listening/run-handler.ts
import { expect, test } from 'vitest';
import { type Delivery, RejectError, RetryError } from '../../../src/index.ts';
import { type Deferred, deferred } from '../../support/deferred.ts';
import { openChannel } from '../../support/open-channel.ts';

test('listen: by default one handler runs at a time', async () => {
  const { runtime, events } = openChannel();
  const running: Deferred<void>[] = [];
  events.listen('orders', () => {
    const handler = deferred();
    running.push(handler);
    return handler.promise;
  });
  for (const payload of [1, 2, 3]) await events.publish('orders', payload);
  await runtime.settle();
  expect(running.length).toBe(1);
  running[0]?.resolve();
  await runtime.settle();
  expect(running.length).toBe(2);
});

test('listen: up to `concurrency` handlers run at once, and never more', async () => {
  const { runtime, events } = openChannel();
  const running: Deferred<void>[] = [];
  let most = 0;
  let now = 0;
  const handle = async () => {
    now += 1;
    most = Math.max(most, now);
    const handler = deferred();
    running.push(handler);
    await handler.promise;
    now -= 1;
  };
  events.listen('orders', handle, { concurrency: 3 });
  for (let payload = 0; payload < 10; payload += 1) await events.publish('orders', payload);
  await runtime.settle();
  expect(now).toBe(3);
  for (let ended = 0; ended < 10; ended += 1) {
    running[ended]?.resolve();
    await runtime.settle();
  }
  expect([running.length, most, now]).toEqual([10, 3, 0]);
});

test('listen: it claims no more events than it has free handler slots', async () => {
  const { runtime, events, other } = openChannel();
  for (const payload of [1, 2, 3]) await events.publish('orders', payload);
  events.listen('orders', () => deferred().promise, { concurrency: 2 });
  await runtime.settle();
  expect(await other.stats('orders')).toMatchObject({ leased: 2, ready: 1 });
});

test('listen: with autoAck false only the handler settles', async () => {
  const { runtime, events, other } = openChannel();
  const seen: Delivery[] = [];
  events.listen('orders', (delivery) => seen.push(delivery), { autoAck: false });
  await events.publish('orders', 1);
  await runtime.settle();
  expect(await other.stats('orders')).toMatchObject({ leased: 1 });
  expect(await seen[0]?.ack()).toBe('ok');
  expect(await other.stats('orders')).toMatchObject({ leased: 0, ready: 0 });
});

test('listen: an event that the handler has settled or is settling is not settled again', async () => {
  const { runtime, events, observer } = openChannel({ backoffBaseMs: 0 });
  const settle: ((delivery: Delivery) => unknown)[] = [
    (delivery) => delivery.ack(),
    (delivery) => void delivery.ack(),
    (delivery) => delivery.reject('no'),
    async (delivery) => {
      await delivery.ack();
      throw new Error('after the ack');
    },
  ];
  events.listen('orders', (delivery) => settle[Number(delivery.payload)]?.(delivery));
  for (const payload of settle.keys()) await events.publish('orders', payload);
  await runtime.settle();
  const verbs = observer.of('settled').map(({ verb, settlement }) => `${verb} ${settlement}`);
  expect(verbs).toEqual(['ack ok', 'ack ok', 'reject ok', 'ack ok']);
  expect(observer.of('handler-error').length).toBe(1);
});

test('listen: after a handler threw, its event is delivered again after a back-off within its ceiling', async () => {
  const { runtime, events, observer } = openChannel({
    backoffBaseMs: 1_000,
    backoffMaxMs: 3_000,
    maxAttempts: 10,
  });
  const times: number[] = [];
  events.listen('orders', () => {
    times.push(runtime.now());
    throw new Error('not yet');
  });
  await events.publish('orders', 1);
  await runtime.advance(60_000);
  const retries = observer.of('retry-scheduled');
  expect(retries.map(({ attempts }) => attempts)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const ceilings = [1_000, 2_000, 3_000, 3_000, 3_000, 3_000, 3_000, 3_000, 3_000];
  for (const [index, { delayMs }] of retries.entries()) {
    expect(delayMs).toBeLessThanOrEqual(ceilings[index] as number);
    expect(Number(times[index + 1]) - Number(times[index])).toBe(delayMs);
  }
  expect(new Set(retries.map(({ delayMs }) => delayMs)).size).toBeGreaterThan(5);
});

test('listen: after maxAttempts the event is a dead letter with the last error', async () => {
  const { runtime, events, observer } = openChannel({ maxAttempts: 3, backoffBaseMs: 0 });
  events.listen('orders', ({ attempts }) => {
    throw new RangeError(`attempt ${attempts}`);
  });
  const eventId = await events.publish('orders', 1);
  await runtime.advance(0);
  const [letter] = await events.deadLetters('orders');
  expect(letter).toMatchObject({ eventId, reason: 'attempts-exhausted', attempts: 3, note: null });
  expect(letter?.lastError).toEqual({ name: 'RangeError', message: 'attempt 3' });
  const about = { channel: 'orders', eventId };
  expect(observer.of('dead-lettered')).toEqual([
    { type: 'dead-lettered', ...about, reason: 'attempts-exhausted', attempts: 3 },
  ]);
  expect(observer.of('handler-error').map(({ attempts }) => attempts)).toEqual([1, 2, 3]);
  expect(observer.of('retry-scheduled').length).toBe(2);
});

test('listen: a dead letter keeps name and message of any thrown value', async () => {
  const { runtime, events } = openChannel({ maxAttempts: 1 });
  const thrown: readonly unknown[] = ['text', undefined, 42, { secret: 1 }, null];
  events.listen('orders', ({ payload }) => Promise.reject(thrown[Number(payload)]));
  for (const payload of thrown.keys()) await events.publish('orders', payload);
  await runtime.settle();
  const letters = await events.deadLetters('orders');
  expect(letters.map(({ lastError }) => lastError)).toEqual([
    { name: 'string', message: '"text"' },
    { name: 'undefined', message: 'undefined' },
    { name: 'number', message: '42' },
    { name: 'object', message: 'an object' },
    { name: 'object', message: 'null' },
  ]);
});

test('listen: RejectError makes a dead letter at once, although attempts are left', async () => {
  const { runtime, events, observer } = openChannel();
  events.listen('orders', () => {
    throw new RejectError('no such order');
  });
  const eventId = await events.publish('orders', 1);
  await runtime.settle();
  const [letter] = await events.deadLetters('orders');
  expect(letter).toMatchObject({ eventId, reason: 'rejected', attempts: 1, note: 'no such order' });
  expect(observer.of('handler-error').length).toBe(1);
  expect(observer.of('retry-scheduled')).toEqual([]);
});

test('listen: the delay of a RetryError replaces the back-off', async () => {
  const { runtime, events, observer } = openChannel();
  const times: number[] = [];
  events.listen('orders', ({ attempts }) => {
    times.push(runtime.now());
    if (attempts < 3) throw new RetryError(attempts === 1 ? 7_000 : 0);
  });
  await events.publish('orders', 1);
  await runtime.advance(7_000);
  expect(times.map((time) => time - Number(times[0]))).toEqual([0, 7_000, 7_000]);
  expect(observer.of('retry-scheduled').map(({ delayMs }) => delayMs)).toEqual([7_000, 0]);
});

test('listen: a RetryError with an invalid delay is reported, and the back-off applies', async () => {
  const { runtime, events, observer } = openChannel({ backoffBaseMs: 0 });
  const seen: number[] = [];
  events.listen('orders', ({ attempts }) => {
    seen.push(attempts);
    if (attempts === 1) throw new RetryError(-5);
  });
  await events.publish('orders', 1);
  await runtime.settle();
  expect(seen).toEqual([1, 2]);
  const [fault] = observer.of('fault');
  expect(fault?.error).toEqual(
    new TypeError('RetryError.delayMs must be a whole number of milliseconds from 0, got -5'),
  );
});

test('listen: after a handler failed, other events are delivered without delay', async () => {
  const { runtime, events } = openChannel();
  const seen: unknown[] = [];
  events.listen('orders', ({ payload }) => {
    seen.push(payload);
    if (payload === 'poison') throw new RetryError(60_000);
  });
  for (const payload of ['poison', 1, 2]) await events.publish('orders', payload);
  await runtime.settle();
  expect(seen).toEqual(['poison', 1, 2]);
});

test('listen: a handler that is no function, and invalid options, are refused by name', () => {
  const { events } = openChannel();
  expect(() => events.listen('orders', 'handler' as never)).toThrow(
    new TypeError('handler must be a function, got "handler"'),
  );
  const bad: readonly (readonly [options: unknown, message: string])[] = [
    [{ concurrency: 0 }, 'concurrency must be a whole number from 1, got 0'],
    [{ leaseMs: -1 }, 'leaseMs must be a whole number of milliseconds from 1, got -1'],
    [{ autoack: true }, 'there is no option "autoack"'],
    [{ signal: 'stop' }, 'signal must be an AbortSignal, got "stop"'],
    [null, 'options must be an object, got null'],
    [5, 'options must be an object, got 5'],
  ];
  for (const [options, message] of bad)
    expect(() => events.listen('orders', () => {}, options as never), message).toThrow(
      new TypeError(message),
    );
});

test('listen: after a handler succeeded or failed, its slot has no timer while its settlement is in progress', async () => {
  const answer = deferred();
  const late = (nth: number) =>
    ({ kind: 'delay', call: 'settle', nth, until: answer.promise }) as const;
  const { runtime, events, other } = openChannel({ pollIntervalMs: 3_600_000 }, [late(1), late(2)]);
  const handle = ({ payload }: Delivery) => {
    if (payload === 'bad') throw new RejectError('no');
  };
  const listener = events.listen('orders', handle, { concurrency: 2 });
  await events.drain();
  await events.publishMany([
    { channel: 'orders', payload: 'good' },
    { channel: 'orders', payload: 'bad' },
  ]);
  await runtime.advance(1);
  // The drain is over, so no caller waits for these slots.
  // One timer belongs to the wait for the next event: a slot is free since the handlers returned.
  // The other timer belongs to the store, for its leases.
  expect(runtime.pendingTimers).toBe(2);
  answer.resolve();
  await runtime.settle();
  expect(await other.stats('orders')).toMatchObject({ leased: 0, dead: 1 });
  await listener.stop();
});
