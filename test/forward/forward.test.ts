import { expect, test } from 'vitest';
import { forward } from '../../src/forward.ts';
import { AcklineError, QuotaError, RejectError } from '../../src/index.ts';
import { changed, type Drafts, failing, openPair } from './open-forward.ts';

const EMPTY = { ready: 0, leased: 0, scheduled: 0, dead: 0 };

test('moves what waits and what comes: same ids, payloads and metadata, in order', async () => {
  const { from, to, runtime, look, publish, arrived, events } = openPair();
  const ids = await publish(250);
  const forwarding = forward({ from, to, channel: 'orders' });
  await runtime.settle();
  ids.push(await events.publish('orders', { total: 1n }, { traceparent: '00-1' }));
  await runtime.settle();
  const moved = await arrived();
  expect(moved.map(({ eventId }) => eventId)).toEqual(ids);
  expect(moved.slice(0, 3).map(({ payload }) => payload)).toEqual([0, 1, 2]);
  expect(moved.at(-1)).toMatchObject({ payload: { total: 1n }, metadata: { traceparent: '00-1' } });
  expect(await look.from.stats('orders')).toMatchObject(EMPTY);
  expect(forwarding.getSnapshot()).toMatchObject({ state: 'idle', moved: 251, lastError: null });
  await forwarding.stop();
});

test('250 events need three steps of to, not 250', async () => {
  const { from, to, runtime, publish } = openPair();
  let steps = 0;
  const counting = changed(to, {
    publishMany: failing(
      (drafts: Drafts) => to.publishMany(drafts),
      () => {
        steps += 1;
      },
    ),
  });
  await publish(250);
  const forwarding = forward({ from, to: counting, channel: 'orders' });
  await runtime.settle();
  expect(steps).toBe(3);
  await forwarding.stop();
});

test('a context that dies between store and ack: the events are moved again, and to has each once', async () => {
  const { from, to, runtime, context, look, publish, arrived } = openPair();
  const ids = await publish(3);
  const never = () => new Promise<never>(() => undefined);
  let claims = 0;
  const dying = changed(from, {
    ack: never,
    extend: never,
    dequeueMany: (...given: Parameters<typeof from.dequeueMany>) => {
      claims += 1;
      return claims === 1 ? from.dequeueMany(...given) : never();
    },
  });
  forward({ from: dying, to, channel: 'orders' });
  await runtime.settle();
  expect(await look.from.stats('orders')).toMatchObject({ leased: 3 });
  const second = forward({ ...context(), channel: 'orders' });
  await runtime.advance(31_000);
  expect(await look.from.stats('orders')).toMatchObject(EMPTY);
  expect(second.getSnapshot().moved).toBe(3);
  expect((await arrived()).map(({ eventId }) => eventId)).toEqual(ids);
  await second.stop();
});

test('an answer of to that is lost: stored once', async () => {
  const { from, to, runtime, publish, arrived, observer, look } = openPair();
  await publish(5);
  let calls = 0;
  const losing = changed(to, {
    publishMany: async (drafts: Drafts) => {
      const ids = await to.publishMany(drafts);
      calls += 1;
      if (calls < 3) throw new AcklineError('storage', 'lost');
      return ids;
    },
  });
  const forwarding = forward({ from, to: losing, channel: 'orders', observer });
  await runtime.advance(60_000);
  expect((await arrived()).length).toBe(5);
  expect(await look.from.stats('orders')).toMatchObject(EMPTY);
  await forwarding.stop();
});

test.each([
  ['down', new AcklineError('storage', 'no answer')],
  ['down in another way', new TypeError('fetch failed')],
  ['full', new QuotaError('full')],
  ['too old', new AcklineError('unsupported', 'the server must have version 2')],
])('to is %s for an hour: nothing is lost, and no attempt is used up', async (_, error) => {
  const { from, to, runtime, look, publish, arrived, observer } = openPair();
  let isDown = true;
  const attempts: number[] = [];
  const broken = changed(to, {
    publishMany: failing(
      (drafts: Drafts) => to.publishMany(drafts),
      () => isDown && error,
    ),
  });
  const forwarding = forward({
    from,
    to: broken,
    channel: 'orders',
    observer,
    map: (event, message) => {
      attempts.push(message.attempts);
      return event;
    },
  });
  await publish(20);
  await runtime.advance(3_600_000);
  expect(forwarding.getSnapshot()).toMatchObject({
    state: 'waiting',
    moved: 0,
    lastError: { message: error.message },
  });
  expect(forwarding.getSnapshot().nextAttemptAt).toBeGreaterThan(runtime.now());
  expect(attempts.length).toBeLessThan(200);
  isDown = false;
  await forwarding.flush();
  await runtime.advance(1_000);
  expect((await arrived()).length).toBe(20);
  expect(new Set(attempts)).toEqual(new Set([1]));
  expect(await look.from.stats('orders')).toMatchObject(EMPTY);
  await forwarding.stop();
});

test('an event that to refuses for good is a dead letter with the reason, and the others go on', async () => {
  const { from, to, runtime, publish, arrived, events, look } = openPair();
  await publish(4);
  await events.publish('orders', 'x'.repeat(600_000), null, { maxEventBytes: 4_000_000 });
  await publish(3);
  const forwarding = forward({ from, to, channel: 'orders', observer: () => undefined });
  await runtime.settle();
  expect((await arrived()).length).toBe(7);
  const [letter] = await events.deadLetters('orders');
  expect(letter?.note).toContain('maxEventBytes');
  expect(await look.from.stats('orders')).toMatchObject({ ready: 0, scheduled: 0, dead: 1 });
  await forwarding.stop();
});

test('one event that always fails in another way does not stop the others', async () => {
  const { from, to, runtime, publish, arrived, look } = openPair();
  await publish(20);
  const broken = changed(to, {
    publishMany: failing(
      (drafts: Drafts) => to.publishMany(drafts),
      (_: number, drafts: Drafts) =>
        drafts.some(({ payload }) => payload === 3)
          ? new AcklineError('storage', 'odd')
          : undefined,
    ),
  });
  const forwarding = forward({ from, to: broken, channel: 'orders', observer: () => undefined });
  await runtime.advance(600_000);
  expect((await arrived()).length).toBe(19);
  expect(await look.from.stats('orders')).toMatchObject({ dead: 0 });
  await forwarding.stop({ mode: 'release' });
});

test('map: changes the event; a RejectError refuses it, another error is a failed attempt', async () => {
  const { from, to, runtime, publish, arrived, events } = openPair();
  await publish(3);
  let failures = 0;
  const forwarding = forward({
    from,
    to,
    channel: 'orders',
    backoffBaseMs: 0,
    observer: () => undefined,
    map: (event, { payload, attempts }) => {
      if (payload === 0) throw new RejectError('not for others');
      if (payload === 1 && attempts === 1) {
        failures += 1;
        throw new Error('once');
      }
      return { ...event, channel: 'all.orders', metadata: { shop: 'a' } };
    },
  });
  await runtime.advance(10);
  expect(failures).toBe(1);
  expect((await arrived('all.orders')).map(({ payload, metadata }) => [payload, metadata])).toEqual(
    [
      [2, { shop: 'a' }],
      [1, { shop: 'a' }],
    ],
  );
  expect(await events.deadLetters('orders')).toMatchObject([{ note: 'not for others' }]);
  await forwarding.stop();
});

test('map: an event that can be published nowhere is a dead letter', async () => {
  const { from, to, runtime, publish, events } = openPair();
  await publish(1);
  const forwarding = forward({
    from,
    to,
    channel: 'orders',
    observer: () => undefined,
    map: (event) => ({ ...event, channel: 'no channel' }),
  });
  await runtime.settle();
  expect((await events.deadLetters('orders'))[0]?.note).toContain('channel');
  await forwarding.stop();
});

test('map: an option that to lacks makes the event a dead letter, and the others go on', async () => {
  const { from, to, runtime, publish, arrived, events } = openPair();
  await publish(2);
  const { priority, ...capabilities } = to.capabilities;
  expect(priority).toBe(true);
  const forwarding = forward({
    from,
    to: changed(to, { capabilities }),
    channel: 'orders',
    observer: () => undefined,
    map: (event, { payload }) =>
      payload === 0 ? { ...event, options: { ...event.options, priority: 1 } } : event,
  });
  await runtime.settle();
  expect((await arrived()).map(({ payload }) => payload)).toEqual([1]);
  expect((await events.deadLetters('orders'))[0]?.note).toContain('priority needs the capability');
  await forwarding.stop();
});
