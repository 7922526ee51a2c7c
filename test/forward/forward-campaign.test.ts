// Covers src/forward/forward.ts, src/forward/mover.ts
import { expect, test } from 'vitest';
import { type Forwarding, forward } from '../../src/forward.ts';
import { AcklineError, EventChannel, QuotaError } from '../../src/index.ts';
import { changed, type Drafts, openPair } from './open-forward.ts';

const RUNS = 200;
const EVENTS = 60;
const KEYS = 5;
const CONTEXTS = 2;

type World = ReturnType<typeof openPair> & { isHealed: boolean; readonly faults: string[] };

/** A context whose `to` fails before or after it has stored, and whose acknowledgements are lost. */
function openContext(world: World): Forwarding {
  const { runtime, context, faults } = world;
  const { from, to } = context();
  const happens = (chance: number, fault: string) => {
    const isNow = !world.isHealed && runtime.random() < chance;
    if (isNow) faults.push(fault);
    return isNow;
  };
  const broken = changed(to, {
    publishMany: async (drafts: Drafts) => {
      if (happens(0.15, 'refused')) throw new QuotaError('full');
      await new Promise<void>((resolve) =>
        runtime.after(Math.floor(runtime.random() * 50), resolve),
      );
      const ids = await to.publishMany(drafts);
      if (happens(0.15, 'lost answer')) throw new AcklineError('storage', 'lost');
      return ids;
    },
  });
  const forgetful = changed(from, {
    ack: async (...given: Parameters<typeof from.ack>) => {
      if (happens(0.1, 'lost ack')) throw new AcklineError('storage', 'lost');
      return from.ack(...given);
    },
  });
  return forward({
    from: forgetful,
    to: broken,
    channel: 'orders',
    batch: { size: 1 + Math.floor(runtime.random() * 20) },
    leaseMs: 2_000,
    backoffMaxMs: 500,
    maxAttempts: Number.POSITIVE_INFINITY,
    observer: () => undefined,
  });
}

async function run(seed: number): Promise<World> {
  const world: World = { ...openPair(seed), isHealed: false, faults: [] };
  const { runtime, events, look } = world;
  const contexts = Array.from({ length: CONTEXTS }, () => openContext(world));
  const ids: string[] = [];
  for (let step = 0; step < EVENTS; step += 1) {
    const key = `customer-${Math.floor(runtime.random() * KEYS)}`;
    ids.push(await events.publish('orders', step, null, { key }));
    await runtime.advance(Math.floor(runtime.random() * 100));
    const at = Math.floor(runtime.random() * CONTEXTS);
    const chance = runtime.random();
    if (chance < 0.1) contexts[at]?.pause();
    else if (chance < 0.3) contexts[at]?.resume();
    else if (chance < 0.4) {
      const stopped = contexts[at]?.stop({ mode: 'release' });
      await runtime.advance(100);
      await stopped;
      contexts[at] = openContext(world);
      world.faults.push('restart');
    }
  }
  world.isHealed = true;
  for (const one of contexts) one.resume();
  for (let round = 0; round < 200; round += 1) await runtime.advance(500);
  const stats = await look.from.stats('orders');
  expect(stats, `seed ${seed}`).toMatchObject({ ready: 0, leased: 0, scheduled: 0, dead: 0 });
  await Promise.all(contexts.map((one) => one.stop()));
  await expectEachOnce(world, ids, seed);
  return world;
}

/** Drains `to`, which gives the events of a key in the order in which they arrived. */
async function expectEachOnce({ look, runtime }: World, ids: readonly string[], seed: number) {
  const target = new EventChannel<{ orders: number }>({ backend: look.to, runtime });
  const received: string[] = [];
  const lines = new Map<string, number[]>();
  for (;;) {
    const deliveries = await target.dequeueMany('orders', 100, { pollIntervalMs: 0 });
    if (deliveries.length === 0) break;
    for (const { eventId, key = '', payload, ack } of deliveries) {
      received.push(eventId);
      lines.set(key, [...(lines.get(key) ?? []), payload]);
      await ack();
    }
  }
  expect(received.toSorted(), `seed ${seed}`).toEqual(ids.toSorted());
  for (const line of lines.values())
    expect(line, `seed ${seed}`).toEqual(line.toSorted((one, other) => one - other));
}

test(`${RUNS} runs with random faults of both backends and contexts: each event arrives once, in the order of its key`, {
  timeout: 120_000,
}, async () => {
  const kinds = new Set<string>();
  let faultCount = 0;
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const { faults } = await run(seed);
    faultCount += faults.length;
    for (const fault of faults) kinds.add(fault);
  }
  console.log(`${RUNS * EVENTS} events, ${faultCount} faults`);
  expect([...kinds].toSorted()).toEqual(['lost ack', 'lost answer', 'refused', 'restart']);
});
