// Covers src/flow/at-rate.ts, src/flow/pace-work.ts, src/core/listening/paced-handler.ts
import { expect, test } from 'vitest';
import { atRate } from '../../src/flow/at-rate.ts';
import { inBatches } from '../../src/flow/in-batches.ts';
import { AcklineError, SyncEventChannel, syncMemoryBackend } from '../../src/index.ts';
import { openChannel } from '../support/open-channel.ts';

/** So long that a listener claims again within a test only if the rate or a hint wakes it. */
const SETTINGS = { pollIntervalMs: 3_600_000 };

async function openRated(limit: number, perMs: number, concurrency = 10, published = 10) {
  const opened = openChannel(SETTINGS);
  const { events, runtime } = opened;
  const startedAt = runtime.now();
  const starts: number[] = [];
  const handler = () => void starts.push(runtime.now() - startedAt);
  for (let payload = 0; payload < published; payload += 1) await events.publish('mail', payload);
  const listener = events.listen('mail', atRate(handler, { limit, perMs }), { concurrency });
  await runtime.settle();
  return { ...opened, starts, listener };
}

test('atRate: starts at most limit handlers in any span of perMs', async () => {
  const { runtime, starts, listener } = await openRated(3, 1_000);
  expect(starts).toEqual([0, 0, 0]);
  await runtime.advance(999);
  expect(starts.length).toBe(3);
  await runtime.advance(1);
  expect(starts).toEqual([0, 0, 0, 1_000, 1_000, 1_000]);
  await runtime.advance(2_000);
  expect(starts.slice(6)).toEqual([2_000, 2_000, 2_000, 3_000]);
  await listener.stop();
});

test('atRate: the span slides, so that two spans side by side have no more than one of them', async () => {
  const { events, runtime, starts, listener } = await openRated(2, 1_000, 10, 1);
  await runtime.advance(900);
  for (const payload of [1, 2, 3]) await events.publish('mail', payload);
  await runtime.settle();
  expect(starts).toEqual([0, 900]);
  await runtime.advance(100);
  expect(starts).toEqual([0, 900, 1_000]);
  await runtime.advance(899);
  expect(starts.length).toBe(3);
  await runtime.advance(1);
  expect(starts).toEqual([0, 900, 1_000, 1_900]);
  await listener.stop();
});

test('atRate: leases nothing that it may not start, so that another consumer receives it', async () => {
  const { other, listener } = await openRated(3, 60_000);
  expect(await other.stats('mail')).toMatchObject({ ready: 7, leased: 0 });
  expect((await other.dequeue('mail', 0))?.payload).toBe(3);
  await listener.stop();
});

test('atRate: a retry counts as a start', async () => {
  const { events, runtime } = openChannel({ ...SETTINGS, backoffBaseMs: 0 });
  let starts = 0;
  const fail = () => {
    starts += 1;
    throw new Error('broken');
  };
  await events.publish('mail', 1);
  const listener = events.listen('mail', atRate(fail, { limit: 2, perMs: 1_000 }));
  await runtime.settle();
  expect(starts).toBe(2);
  await runtime.advance(1_000);
  expect(starts).toBe(4);
  await listener.stop();
});

test('atRate: each listener has a limit of its own', async () => {
  const { events, runtime } = openChannel(SETTINGS);
  const seen: unknown[] = [];
  const paced = atRate<unknown, unknown>(({ payload }) => seen.push(payload), {
    limit: 1,
    perMs: 1_000,
  });
  for (const payload of [1, 2, 3]) await events.publish('mail', payload);
  const listeners = [events.listen('mail', paced), events.listen('mail', paced)];
  await runtime.settle();
  expect(seen).toEqual([1, 2]);
  await Promise.all(listeners.map((listener) => listener.stop()));
});

test('atRate: a clock that jumps changes no span', async () => {
  const { runtime, starts, listener } = await openRated(1, 1_000);
  runtime.jumpTo(runtime.now() - 3_600_000);
  await runtime.advance(1_000);
  expect(starts.length).toBe(2);
  runtime.jumpTo(runtime.now() + 7_200_000);
  await runtime.advance(999);
  expect(starts.length).toBe(2);
  await runtime.advance(1);
  expect(starts.length).toBe(3);
  await listener.stop();
});

test('atRate: pause and stop end the rest at once, and resume keeps the limit', async () => {
  const { runtime, starts, listener } = await openRated(1, 60_000);
  const timers = runtime.pendingTimers;
  listener.pause();
  await runtime.settle();
  expect(runtime.pendingTimers).toBe(timers - 1);
  listener.resume();
  await runtime.settle();
  expect(starts.length).toBe(1);
  await runtime.advance(60_000);
  expect(starts.length).toBe(2);
  await listener.stop();
  expect(listener.status).toBe('stopped');
});

test('drain: waits for the rate while events are due', async () => {
  const { events, runtime, starts } = await openRated(2, 1_000, 10, 5);
  let handledCount = 0;
  const draining = events.drain().then((count) => {
    handledCount = count;
  });
  await runtime.advance(1_000);
  expect([handledCount, starts.length]).toEqual([0, 4]);
  await runtime.advance(1_000);
  await draining;
  expect([handledCount, starts.length]).toEqual([3, 5]);
  await events.shutdown();
});

test('atRate: around inBatches, each event of a batch counts', async () => {
  const { events, runtime } = openChannel(SETTINGS);
  const sizes: number[] = [];
  const batched = inBatches<unknown>(
    (deliveries) => {
      sizes.push(deliveries.length);
    },
    { size: 3 },
  );
  for (let payload = 0; payload < 6; payload += 1) await events.publish('mail', payload);
  const listener = events.listen('mail', atRate(batched, { limit: 4, perMs: 1_000 }));
  await runtime.settle();
  expect(sizes).toEqual([3, 1]);
  await runtime.advance(1_000);
  expect(sizes).toEqual([3, 1, 2]);
  await listener.stop();
});

/** The times at which a listener of batches started events, one for each event. It publishes `published` events at the times. */
async function startsOfBatches(
  batch: { readonly size: number; readonly maxWaitMs: number },
  rate: { readonly limit: number; readonly perMs: number },
  published: Readonly<Record<number, number>>,
): Promise<number[]> {
  const { events, runtime } = openChannel(SETTINGS);
  const startedAt = runtime.now();
  const starts: number[] = [];
  const batched = inBatches<unknown>((deliveries) => {
    for (const _ of deliveries) starts.push(runtime.now() - startedAt);
  }, batch);
  const listener = events.listen('mail', atRate(batched, rate), { concurrency: 2 });
  for (const [at, count] of Object.entries(published)) {
    await runtime.advance(startedAt + Number(at) - runtime.now());
    for (let left = count; left > 0; left -= 1) await events.publish('mail', left);
  }
  await runtime.advance(10_000);
  await listener.stop();
  return starts;
}

test('atRate: around inBatches, an event counts from the start of its batch', async () => {
  const batch = { size: 3, maxWaitMs: 900 };
  const starts = await startsOfBatches(batch, { limit: 4, perMs: 1_000 }, { 0: 2, 1000: 4 });
  // Two wait from 0 to 900. Two of the four wait from 1000 to 1900, because only two more may start before 1900.
  expect(starts).toEqual([900, 900, 1_900, 1_900, 2_800, 2_800]);
});

test('atRate: around inBatches, a batch has at most limit events, and does not wait for more', async () => {
  const batch = { size: 20, maxWaitMs: 1_500 };
  const starts = await startsOfBatches(batch, { limit: 3, perMs: 1_000 }, { 0: 7 });
  expect(starts).toEqual([0, 0, 0, 1_000, 1_000, 1_000, 3_500]);
});

test('atRate: around another atRate, both limits hold', async () => {
  const { events, runtime } = openChannel(SETTINGS);
  const startedAt = runtime.now();
  const starts: number[] = [];
  const handler = () => void starts.push(runtime.now() - startedAt);
  const inner = atRate<unknown, unknown>(handler, { limit: 1, perMs: 100 });
  for (let payload = 0; payload < 5; payload += 1) await events.publish('mail', payload);
  const outer = atRate(inner, { limit: 3, perMs: 1_000 });
  const listener = events.listen('mail', outer, { concurrency: 4 });
  await runtime.advance(2_000);
  expect(starts).toEqual([0, 100, 200, 1_000, 1_100]);
  await listener.stop();
});

test('atRate: refuses options out of range, by name', () => {
  const given = (options: unknown) => () => atRate(() => {}, options as never);
  const cases: readonly (readonly [unknown, string])[] = [
    [undefined, 'options must be an object, got undefined'],
    [{ limit: 0, perMs: 5 }, 'limit must be a whole number from 1, got 0'],
    [{ perMs: 5 }, 'limit must be a whole number from 1, got undefined'],
    [{ limit: 1 }, 'perMs must be a whole number of milliseconds from 1, got undefined'],
    [{ limit: 1, perMs: 0.5 }, 'perMs must be a whole number of milliseconds from 1, got 0.5'],
    [{ limit: 1, perMs: 1, burst: 2 }, 'there is no option "burst"'],
  ];
  for (const [options, message] of cases) expect(given(options)).toThrow(new TypeError(message));
  expect(() => atRate(5 as never, { limit: 1, perMs: 1 })).toThrow(
    new TypeError('handler must be a function, got 5'),
  );
});

test('a paced handler: cannot be called directly, and a synchronous channel refuses it', () => {
  const paced = atRate<unknown, unknown>(() => {}, { limit: 1, perMs: 1 });
  expect(() => paced({} as never)).toThrow(TypeError);
  const sync = new SyncEventChannel({ backend: syncMemoryBackend() });
  const message = 'inBatches and atRate need an EventChannel: a SyncEventChannel never waits';
  const refusal = new AcklineError('unsupported', message);
  expect(() => sync.listen('mail', paced as never)).toThrow(refusal);
  sync.shutdown();
});
