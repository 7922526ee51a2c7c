// Covers src/backends/broadcast/receiving/byte-budget.ts, src/backends/broadcast/receiving/inbox.ts
import { ManualRuntime } from 'ackline/testing';
import { expect, test } from 'vitest';
import { canBeCopied } from '../../../../src/core/events/plain-copy.ts';
import { SimulatedBus } from '../../../support/simulated-bus.ts';
import { SimulatedWorld } from '../simulated-world.ts';
import { hostileMessage } from './hostile-messages.ts';

const MESSAGES = 100_000;
const ROUND = 1_000;
const SEED = 20_261_124;

test('after a hundred thousand hostile messages nothing was thrown, no prototype was changed, and all real events were delivered', {
  timeout: 120_000,
}, async () => {
  const chance = new ManualRuntime({ seed: SEED });
  const random = () => chance.random();
  const world = new SimulatedWorld();
  const bounds = { maxBacklogEvents: 500, history: 10 };
  const [publisher, member] = [world.open('publisher'), world.open('member', bounds)];
  const received: unknown[] = [];
  world.bus.isLost = (message, from) => {
    if (from !== 'no context' && received.length < 10_000) received.push(structuredClone(message));
    return false;
  };
  const counts = new Map<unknown, number>();
  const order: unknown[] = [];
  member.events.listen('news', ({ payload }) => {
    if (typeof payload !== 'string' || !payload.startsWith('real')) return;
    counts.set(payload, (counts.get(payload) ?? 0) + 1);
    order.push(payload);
  });
  // No listener handles events of this channel.
  member.backend.join('flooded');
  await world.publish(publisher, 'real 0');
  const prototypes = [Object, Array, Map, Function].map(
    ({ prototype }) => Reflect.ownKeys(prototype).length,
  );
  const expected = ['real 0'];
  for (let sent = 0; sent < MESSAGES; sent += 1) {
    world.bus.post(hostileMessage(random, { messages: received }));
    if (sent % ROUND !== 0) continue;
    const payload = `real ${expected.length}`;
    expected.push(payload);
    await world.publish(publisher, payload);
    await world.runtime.advance(50);
  }
  await world.runtime.advance(10_000);
  expect(
    [Object, Array, Map, Function].map(({ prototype }) => Reflect.ownKeys(prototype).length),
  ).toEqual(prototypes);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
  expect([...counts].filter(([, count]) => count !== 1)).toEqual([]);
  expect(order.toSorted()).toEqual(expected.toSorted());
  const { ready } = await member.events.stats('flooded');
  expect(ready).toBeLessThanOrEqual(bounds.maxBacklogEvents);
  expect(new Set(member.ignored())).toEqual(
    new Set(['foreign', 'malformed', 'newer-version', 'impersonation', 'unexpected']),
  );
});

/** Messages arrive in order, and a while after they were posted. Messages that are nested too deep to be copied are refused. */
class SlowBus extends SimulatedBus {
  readonly #held: (() => void)[] = [];

  override post(message: unknown, from?: string): void {
    if (!canBeCopied(message)) return;
    const sent: unknown = structuredClone(message);
    this.#held.push(() => super.post(sent, from));
  }

  /** Delivers the oldest messages. */
  release(count: number): void {
    for (const deliver of this.#held.splice(0, count)) deliver();
  }
}

/** With these seeds a forged answer or number once removed real events that had arrived. */
const SEEDS = [12, 24, 42, 58];
const MESSAGES_PER_SEED = 5_000;

test.each(SEEDS)(
  'seed %i: hostile messages between questions and answers remove no real event of two members',
  {
    timeout: 60_000,
  },
  async (seed) => {
    const chance = new ManualRuntime({ seed });
    const random = () => chance.random();
    const bus = new SlowBus();
    const world = new SimulatedWorld(bus);
    const bounds = { maxBacklogEvents: 500, repairEvents: 500 };
    const members = [world.open('one', bounds), world.open('two', bounds)];
    const messages: unknown[] = [];
    bus.isLost = (message, from) => {
      if (from !== 'no context' && messages.length < 2_000) messages.push(structuredClone(message));
      return false;
    };
    const handled = members.map(() => new Set<string>());
    for (const [index, { events, backend }] of members.entries()) {
      events.listen('news', ({ eventId }) => void handled[index]?.add(eventId));
      backend.join('flooded');
    }
    const published: string[] = [];
    for (let sent = 0; sent < MESSAGES_PER_SEED; sent += 1) {
      bus.post(hostileMessage(random, { messages }));
      bus.release(Math.floor(random() * 3));
      await Promise.resolve();
      if (sent % 50 !== 0) continue;
      const { events } = members[Math.floor(random() * 2)]!;
      for (let left = Math.floor(random() * 5); left >= 0; left -= 1)
        published.push(await events.publish('news', { number: published.length }));
      await world.runtime.advance(Math.floor(random() * 50));
    }
    for (let step = 0; step < 2_000; step += 1) {
      bus.release(1_000);
      await world.runtime.advance(10);
    }
    for (const ids of handled) expect(published.filter((id) => !ids.has(id))).toEqual([]);
  },
);
