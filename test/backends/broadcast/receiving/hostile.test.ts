// Covers src/backends/broadcast/receiving/byte-budget.ts, src/backends/broadcast/receiving/inbox.ts
import { ManualRuntime } from 'ackline/testing';
import { expect, test } from 'vitest';
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
