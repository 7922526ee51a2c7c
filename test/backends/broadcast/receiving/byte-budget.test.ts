// Covers src/backends/broadcast/receiving/byte-budget.ts, src/backends/broadcast/receiving/inbox.ts
import { beforeEach, expect, test } from 'vitest';
import { loseOnce, SimulatedWorld } from '../simulated-world.ts';

let world: SimulatedWorld;

beforeEach(() => {
  world = new SimulatedWorld();
});

const ofRegular = (payload: unknown) => String(payload).startsWith('regular');

/** In characters. Sixteen such payloads leave room for less than two hundred small ones in the buffer of a member. */
const LARGE = 500_000;

test('a flood of events that wait for missing ones takes no room from another publisher', async () => {
  const [regular, member] = [world.open('regular'), world.open('member')];
  member.listen();
  await world.publish(regular, 'regular 1');
  for (let flood = 1; flood <= 216; flood += 1)
    for (const seq of [1, 1_000]) {
      const publisher = `flood-${flood}`;
      const payload = flood <= 16 ? 'x'.repeat(LARGE) : 'x';
      const stream = { channel: 'news', publisher, seq, eventId: `${publisher}-${seq}` };
      const events = [{ ...stream, payload, metadata: null, createdAt: world.runtime.now() }];
      world.bus.post({ ackline: 1, kind: 'events', from: publisher, events }, publisher);
      await world.runtime.settle();
    }
  const losesTwo = loseOnce('events', 'regular 2');
  world.bus.isLost = (message, from, to) =>
    losesTwo(message, from, to) || (message as { kind: string }).kind === 'ask';
  await world.publish(regular, 'regular 2', 'regular 3');
  await world.runtime.advance(10_000);
  expect(member.handled.filter(ofRegular)).toEqual(['regular 1', 'regular 3']);
});

test('a publisher whose waiting events fill the buffer is not waited for any more', async () => {
  const [publisher, member] = [world.open('publisher'), world.open('member')];
  const firsts: unknown[] = [];
  member.events.listen('news', ({ payload }) => firsts.push(String(payload).slice(0, 2)));
  world.bus.isLost = loseOnce('events', 'b');
  await world.publish(publisher, 'a', 'b');
  world.bus.isLost = (message) => (message as { kind: string }).kind === 'ask';
  const numbers = Array.from({ length: 40 }, (_, index) => `${10 + index}`);
  await world.publish(publisher, ...numbers.map((number) => number.padEnd(LARGE, 'x')));
  await world.runtime.settle();
  expect(firsts).toEqual(['a', ...numbers]);
  expect(member.missed()).toMatchObject([{ count: 1, reason: 'unrepaired' }]);
});

test('a flood of empty events does not end the wait of a publisher with a large event', async () => {
  const [regular, member] = [world.open('regular'), world.open('member')];
  member.listen();
  const losesTwo = loseOnce('events', 'regular 2');
  world.bus.isLost = (message, sender, to) =>
    losesTwo(message, sender, to) || (message as { kind: string }).kind === 'ask';
  await world.publish(regular, 'regular 1', 'regular 2', 'regular 3'.padEnd(100_000));
  const from = 'flood';
  const stream = { channel: 'news', publisher: from, payload: '', metadata: null, createdAt: 0 };
  for (const [first, length] of [
    [1, 1],
    [1_000, 4_200],
  ] as const) {
    const seqs = Array.from({ length }, (_, index) => first + index);
    const events = seqs.map((seq) => ({ ...stream, seq, eventId: `flood-${seq}` }));
    world.bus.post({ ackline: 1, kind: 'events', from, events }, from);
    await world.runtime.settle();
  }
  expect(member.missed()).toMatchObject([{ count: 998, reason: 'unrepaired' }]);
});

test('events that wait for a history and fill the buffer end the wait for it, and not the wait for a missing event', async () => {
  const [regular, flood, peer] = [
    world.open('regular'),
    world.open('flood'),
    world.open('peer', { history: 2 }),
  ];
  peer.listen();
  await world.runtime.advance(200);
  await world.publish(regular, 'regular 1');
  const late = world.open('late', { history: 2 });
  late.listen();
  const losesThree = loseOnce('events', 'regular 3');
  world.bus.isLost = (message, from, to) =>
    losesThree(message, from, to) ||
    ['history', 'ask'].includes((message as { kind: string }).kind);
  await world.publish(regular, 'regular 2', 'regular 3', 'regular 4');
  await world.publish(flood, ...Array.from({ length: 17 }, () => 'x'.repeat(LARGE)));
  await world.runtime.settle();
  expect(late.handled.filter(ofRegular)).toEqual(['regular 2']);
  expect(late.handled).toHaveLength(18);
  expect(late.missed()).toEqual([]);
});
