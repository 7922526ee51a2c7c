// Covers src/backends/broadcast/members/membership.ts, src/backends/broadcast/sending/known-streams.ts
import { beforeEach, expect, test } from 'vitest';
import { SimulatedWorld } from '../simulated-world.ts';

let world: SimulatedWorld;

beforeEach(() => {
  world = new SimulatedWorld();
});

test('standing still: what was published meanwhile comes on return, once and in order', async () => {
  const [publisher, member] = [world.open('publisher'), world.open('member')];
  member.listen();
  await world.publish(publisher, 1);
  member.freeze();
  await world.publish(publisher, 2, 3);
  expect(member.handled).toEqual([1]);
  await member.resume();
  await world.publish(publisher, 4);
  await world.runtime.advance(2_000);
  expect(member.handled).toEqual([1, 2, 3, 4]);
  expect(member.missed()).toEqual([]);
});

test('standing still: a publisher that began meanwhile is not missed, nor what it sent before this member joined', async () => {
  const early = world.open('early');
  await world.publish(early, 'before');
  await world.runtime.advance(10);
  const member = world.open('member');
  member.listen();
  await world.runtime.advance(200);
  member.freeze();
  const late = world.open('late');
  await world.publish(late, 'l1', 'l2');
  await world.publish(early, 'e1');
  await member.resume();
  await world.publish(late, 'l3');
  await world.runtime.advance(2_000);
  expect(member.handled.toSorted()).toEqual(['e1', 'l1', 'l2', 'l3']);
  expect(member.handled.filter((payload) => String(payload).startsWith('l'))).toEqual([
    'l1',
    'l2',
    'l3',
  ]);
  expect(member.missed()).toEqual([]);
});

test('standing still: a publisher that came and went meanwhile is had from its peers', async () => {
  const [peer, member] = [world.open('peer'), world.open('member')];
  peer.listen();
  member.listen();
  await world.runtime.advance(200);
  member.freeze();
  const visitor = world.open('visitor');
  await world.publish(visitor, 'v1', 'v2');
  await visitor.events.shutdown();
  await member.resume();
  await world.runtime.advance(3_000);
  expect(member.handled).toEqual(['v1', 'v2']);
  expect(member.missed()).toEqual([]);
});

test('standing still: more than is kept is reported, never hidden', async () => {
  const publisher = world.open('publisher', { repairEvents: 3 });
  const member = world.open('member');
  member.listen();
  await world.publish(publisher, 0);
  member.freeze();
  await world.publish(publisher, 1, 2, 3, 4, 5);
  await member.resume();
  await world.runtime.advance(5_000);
  expect(member.handled).toEqual([0, 3, 4, 5]);
  expect(member.missed()).toMatchObject([{ count: 2, reason: 'unrepaired' }]);
});

test('standing still: what is published from it waits until it goes on', async () => {
  const [publisher, member] = [world.open('publisher'), world.open('member')];
  member.listen();
  publisher.freeze();
  const published = publisher.events.publish('news', 1);
  await world.runtime.advance(100);
  expect(member.handled).toEqual([]);
  await publisher.resume();
  await published;
  await world.runtime.advance(1);
  expect(member.handled).toEqual([1]);
});

test('shutting down while it stands still ends when it goes on, and sends first what waited', async () => {
  const [publisher, member] = [world.open('publisher'), world.open('member')];
  member.listen();
  publisher.freeze();
  const published = publisher.events.publish('news', 1);
  const down = publisher.events.shutdown();
  await world.runtime.advance(100);
  await publisher.resume();
  await Promise.all([published, down]);
  await world.runtime.advance(1);
  expect(member.handled).toEqual([1]);
});

test('standing still: of a publisher that was never heard, too, more than is kept is reported', async () => {
  const member = world.open('member');
  member.listen();
  await world.runtime.advance(200);
  member.freeze();
  const late = world.open('late', { repairEvents: 3 });
  await world.publish(late, 1, 2, 3, 4, 5);
  await member.resume();
  await world.runtime.advance(5_000);
  expect(member.handled).toEqual([3, 4, 5]);
  expect(member.missed()).toMatchObject([{ count: 2 }]);
});

test('standing still: a publisher that stood still itself when it was asked says later how far it has come', async () => {
  const [publisher, member] = [world.open('publisher'), world.open('member')];
  member.listen();
  await world.runtime.advance(200);
  member.freeze();
  await world.publish(publisher, 1, 2);
  publisher.freeze();
  await member.resume();
  await world.runtime.advance(10_000);
  expect(member.handled).toEqual([]);
  await publisher.resume();
  await world.runtime.advance(100);
  expect(member.handled).toEqual([1, 2]);
  expect(member.missed()).toEqual([]);
});

test('standing still: a member that alone has the events of a publisher that is gone says so when it goes on', async () => {
  const [holder, member] = [world.open('holder'), world.open('member')];
  holder.listen();
  member.listen();
  await world.runtime.advance(200);
  member.freeze();
  const visitor = world.open('visitor');
  await world.publish(visitor, 'v1', 'v2');
  await visitor.events.shutdown();
  holder.freeze();
  await member.resume();
  await world.runtime.advance(10_000);
  await holder.resume();
  await world.runtime.advance(3_000);
  expect(member.handled).toEqual(['v1', 'v2']);
  expect(member.missed()).toEqual([]);
});

test('standing still: what a context received before it left the channel is had from it', async () => {
  const [holder, member] = [world.open('holder'), world.open('member')];
  const listener = holder.listen();
  member.listen();
  await world.runtime.advance(200);
  member.freeze();
  const visitor = world.open('visitor');
  await world.publish(visitor, 'v1', 'v2');
  await visitor.events.shutdown();
  await listener.stop();
  await member.resume();
  await world.runtime.advance(3_000);
  expect(member.handled).toEqual(['v1', 'v2']);
});

test('standing still: a member that came later than the first events of a publisher does not vouch for them', async () => {
  const member = world.open('member');
  member.listen();
  await world.runtime.advance(200);
  member.freeze();
  const visitor = world.open('visitor');
  await world.publish(visitor, 'v1', 'v2', 'v3');
  const holder = world.open('holder');
  holder.listen();
  await world.runtime.advance(200);
  await world.publish(visitor, 'v4', 'v5');
  await visitor.events.shutdown();
  await member.resume();
  await world.runtime.advance(10_000);
  expect(member.handled).toEqual(['v4', 'v5']);
  expect(member.missed()).toMatchObject([{ count: 3, reason: 'unrepaired' }]);
});

test('standing still: a member that has nothing of a publisher says that its events exist', async () => {
  const member = world.open('member');
  member.listen();
  await world.runtime.advance(200);
  member.freeze();
  const visitor = world.open('visitor');
  await world.publish(visitor, 'v1', 'v2');
  const witness = world.open('witness');
  witness.listen();
  await world.runtime.advance(200);
  await visitor.events.shutdown();
  await member.resume();
  await world.runtime.advance(10_000);
  expect(member.handled).toEqual([]);
  expect(member.missed()).toMatchObject([{ count: 2 }]);
});
