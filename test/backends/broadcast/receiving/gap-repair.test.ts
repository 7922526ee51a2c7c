// Covers src/backends/broadcast/receiving/channel-inbox.ts, src/backends/broadcast/sending/replay-buffer.ts, src/backends/broadcast/wire/seen-ids.ts
import { beforeEach, expect, test } from 'vitest';
import { loseOnce, SimulatedWorld } from '../simulated-world.ts';

let world: SimulatedWorld;

beforeEach(() => {
  world = new SimulatedWorld();
});

test('repair: after a gap the missing events are requested and delivered in the order of their publisher', async () => {
  const [publisher, member] = [world.open('publisher'), world.open('member')];
  member.listen();
  await world.publish(publisher, 1);
  world.bus.isLost = loseOnce('events', 2, 3);
  await world.publish(publisher, 2, 3, 4, 5);
  await world.runtime.advance(1);
  expect(member.handled).toEqual([1, 2, 3, 4, 5]);
  expect(member.missed()).toEqual([]);
});

test('repair: while an event of one publisher is missing, events of other publishers are delivered', async () => {
  const [quiet, other, member] = [world.open('quiet'), world.open('other'), world.open('member')];
  member.listen();
  await world.publish(quiet, 'q1');
  world.bus.isLost = (message, from, to) =>
    from === 'quiet' && to === 'member' && JSON.stringify(message).includes('q2');
  await world.publish(quiet, 'q2', 'q3');
  await world.publish(other, 'o1', 'o2');
  expect(member.handled).toEqual(['q1', 'o1', 'o2']);
});

test('repair: when no context has the missing events, their number is reported, and later events are delivered', async () => {
  const publisher = world.open('publisher', { repairEvents: 1 });
  const member = world.open('member');
  member.listen();
  await world.publish(publisher, 1);
  world.bus.isLost = loseOnce('events', 2, 3);
  await world.publish(publisher, 2, 3, 4);
  await world.runtime.advance(5_000);
  expect(member.handled).toEqual([1, 4]);
  expect(member.missed()).toEqual([
    { type: 'events-missed', channel: 'news', count: 2, reason: 'unrepaired' },
  ]);
});

test('repair: the replay buffer is also limited in bytes', async () => {
  const publisher = world.open('publisher', { repairBytes: 2_000 });
  const member = world.open('member');
  member.listen();
  await world.publish(publisher, 'first');
  world.bus.isLost = loseOnce('events', 'a'.repeat(600), 'b'.repeat(600));
  await world.publish(publisher, 'a'.repeat(600), 'b'.repeat(600), 'last');
  await world.runtime.advance(5_000);
  expect(member.handled).toEqual(['first', 'b'.repeat(600), 'last']);
  expect(member.missed()).toMatchObject([{ count: 1 }]);
});

test('repair: when the publisher has ended, another member sends its missing events', async () => {
  const [publisher, peer, member] = ['publisher', 'peer', 'member'].map((name) => world.open(name));
  if (!publisher || !peer || !member) throw new Error('three contexts');
  peer.listen();
  member.listen();
  await world.publish(publisher, 1);
  world.bus.isLost = (_message, from, to) => from === 'publisher' && to === 'member';
  await world.publish(publisher, 2, 3);
  await publisher.events.shutdown();
  world.bus.isLost = () => false;
  member.freeze();
  await member.resume();
  await world.runtime.advance(3_000);
  expect(member.handled).toEqual([1, 2, 3]);
  expect(member.missed()).toEqual([]);
});

test('repair: when a context does not answer, another member is asked', async () => {
  const [publisher, peer, member] = ['publisher', 'peer', 'member'].map((name) => world.open(name));
  if (!publisher || !peer || !member) throw new Error('three contexts');
  peer.listen();
  member.listen();
  await world.publish(publisher, 1);
  const losesTwo = loseOnce('events', 2);
  world.bus.isLost = (message, from, to) =>
    (to === 'member' && losesTwo(message, from, to)) ||
    // The publisher receives no question, but still sends.
    (to === 'publisher' && JSON.stringify(message).includes('"ask"'));
  await world.publish(publisher, 2, 3);
  await world.runtime.advance(5_000);
  expect(member.handled).toEqual([1, 2, 3]);
});

test('repair: an event that arrives twice is delivered once', async () => {
  const [publisher, member] = [world.open('publisher'), world.open('member')];
  member.listen();
  const seen: unknown[] = [];
  world.bus.isLost = (message) => {
    seen.push(structuredClone(message));
    return false;
  };
  await world.publish(publisher, 1, 2, 3);
  world.bus.isLost = () => false;
  for (const message of seen) world.bus.post(message, 'publisher');
  await world.runtime.advance(1);
  expect(member.handled).toEqual([1, 2, 3]);
});

test('repair: a long replay arrives in several messages and is delivered completely', async () => {
  const [publisher, member] = [
    world.open('publisher', { repairEvents: 5_000 }),
    world.open('member'),
  ];
  const numbers = Array.from({ length: 3_000 }, (_, index) => index);
  const { handled } = member;
  member.events.listen('news', ({ payload }) => handled.push(payload), { concurrency: 1_000 });
  await world.publish(publisher, 'first');
  world.bus.isLost = (message, from) =>
    from === 'publisher' &&
    JSON.stringify(message).includes('"events"') &&
    !JSON.stringify(message).includes('last') &&
    JSON.stringify(message).includes('"kind":"events"');
  await publisher.events.publishMany(numbers.map((payload) => ({ channel: 'news', payload })));
  world.bus.isLost = () => false;
  await world.publish(publisher, 'last');
  await world.runtime.advance(100);
  expect(member.handled).toEqual(['first', ...numbers, 'last']);
  expect(member.missed()).toEqual([]);
});

test('when a member cannot decode events, also the first of a publisher, they are requested and reported as missed', async () => {
  const [publisher, member] = [world.open('publisher'), world.open('member')];
  member.listen();
  await world.runtime.advance(200);
  // In Firefox an ImageBitmap never arrives, from any sender.
  world.bus.isUndecodable = (message, _from, to) =>
    to === 'member' && JSON.stringify(message).includes('bitmap');
  await publisher.events.publishMany(
    ['plain', 'bitmap'].map((payload) => ({ channel: 'news', payload })),
  );
  await world.runtime.advance(10_000);
  expect(member.handled).toEqual([]);
  expect(member.missed()).toMatchObject([{ count: 2, reason: 'unrepaired' }]);
  await world.publish(publisher, 'next');
  expect(member.handled).toEqual(['next']);
});

test('when a member can decode an event the second time, it is delivered', async () => {
  const [publisher, member] = [world.open('publisher'), world.open('member')];
  member.listen();
  await world.publish(publisher, 1);
  world.bus.isUndecodable = (message) => (message as { kind: string }).kind === 'events';
  await world.publish(publisher, 2);
  world.bus.isUndecodable = () => false;
  await world.runtime.advance(3_000);
  expect(member.handled).toEqual([1, 2]);
  expect(member.missed()).toEqual([]);
});

test('after a freeze a member still requests the events that it could not decode', async () => {
  const [publisher, member] = [world.open('publisher'), world.open('member')];
  member.listen();
  await world.publish(publisher, 1);
  world.bus.isUndecodable = (message) => (message as { kind: string }).kind === 'events';
  await world.publish(publisher, 2, 3);
  world.bus.isUndecodable = () => false;
  world.bus.isLost = (message) => (message as { kind: string }).kind === 'replay';
  await world.publish(publisher, 4);
  member.freeze();
  await world.runtime.advance(10_000);
  world.bus.isLost = () => false;
  await member.resume();
  await world.runtime.advance(2_000);
  expect(member.handled).toEqual([1, 2, 3, 4]);
  expect(member.missed()).toEqual([]);
});

/** Opens `count` contexts, one after the other. Each publishes one event and ends. */
async function visit(count: number): Promise<void> {
  for (let visit = 0; visit < count; visit += 1) {
    const visitor = world.open(`visitor ${visit}`);
    await visitor.events.publish('news', 'from a visitor');
    await visitor.events.shutdown();
  }
}

const ofRegular = (payload: unknown) => String(payload).startsWith('regular');

test('a publisher that publishes now and then is not forgotten among a thousand others, so its gaps are repaired', async () => {
  const [regular, member] = [world.open('regular'), world.open('member')];
  member.listen();
  await world.publish(regular, 'regular 1');
  await visit(600);
  await world.publish(regular, 'regular 2');
  await visit(600);
  world.bus.isLost = loseOnce('events', 'regular 3');
  await world.publish(regular, 'regular 3', 'regular 4');
  await world.runtime.advance(1);
  expect(member.handled.filter(ofRegular)).toEqual([1, 2, 3, 4].map((one) => `regular ${one}`));
  expect(member.missed()).toEqual([]);
});

test('when a publisher is forgotten during a repair, its events that have arrived are delivered, and the others are reported', async () => {
  const [regular, member] = [world.open('regular'), world.open('member')];
  member.listen();
  await world.publish(regular, 'regular 1');
  const losesTwo = loseOnce('events', 'regular 2');
  world.bus.isLost = (message, from, to) =>
    losesTwo(message, from, to) || (message as { kind: string }).kind === 'ask';
  await world.publish(regular, 'regular 2', 'regular 3');
  await visit(1_000);
  expect(member.handled.filter(ofRegular)).toEqual(['regular 1', 'regular 3']);
  expect(member.missed()).toMatchObject([{ count: 1, reason: 'unrepaired' }]);
});
