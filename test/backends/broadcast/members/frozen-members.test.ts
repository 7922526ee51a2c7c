// Covers src/backends/broadcast/members/membership.ts, src/backends/broadcast/sending/known-streams.ts
import { beforeEach, expect, test } from 'vitest';
import { SimulatedWorld } from '../simulated-world.ts';

let world: SimulatedWorld;

beforeEach(() => {
  world = new SimulatedWorld();
});

/** A context that no member knows publishes, and ends. */
async function publishAndEnd(...payloads: readonly unknown[]): Promise<void> {
  const visitor = world.open('visitor');
  await world.publish(visitor, ...payloads);
  await visitor.events.shutdown();
}

test('freeze: events that were published meanwhile come when the member resumes, once and in order', async () => {
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

test('freeze: events of a publisher that began meanwhile come, and none that were published before this member joined', async () => {
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

test('freeze: events of a publisher that began and ended meanwhile come from other members', async () => {
  const [peer, member] = [world.open('peer'), world.open('member')];
  peer.listen();
  member.listen();
  await world.runtime.advance(200);
  member.freeze();
  await publishAndEnd('v1', 'v2');
  await member.resume();
  await world.runtime.advance(3_000);
  expect(member.handled).toEqual(['v1', 'v2']);
  expect(member.missed()).toEqual([]);
});

test('freeze: missed events that are not in the replay buffer are reported', async () => {
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

test('freeze: a publish of the frozen context waits until it resumes', async () => {
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

test('freeze: a shutdown of the frozen context ends when it resumes, and waiting events are sent first', async () => {
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

test('freeze: missed events of an unknown publisher that are not in the replay buffer are reported', async () => {
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

test('freeze: a publisher that was frozen when it was asked announces its position when it resumes', async () => {
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

test('freeze: the only member that has the events of an ended publisher announces them when it resumes', async () => {
  const [holder, member] = [world.open('holder'), world.open('member')];
  holder.listen();
  member.listen();
  await world.runtime.advance(200);
  member.freeze();
  await publishAndEnd('v1', 'v2');
  holder.freeze();
  await member.resume();
  await world.runtime.advance(10_000);
  await holder.resume();
  await world.runtime.advance(3_000);
  expect(member.handled).toEqual(['v1', 'v2']);
  expect(member.missed()).toEqual([]);
});

test('freeze: a context that has left the channel still answers with what it received before', async () => {
  const [holder, member] = [world.open('holder'), world.open('member')];
  const listener = holder.listen();
  member.listen();
  await world.runtime.advance(200);
  member.freeze();
  await publishAndEnd('v1', 'v2');
  await listener.stop();
  await member.resume();
  await world.runtime.advance(3_000);
  expect(member.handled).toEqual(['v1', 'v2']);
});

test('freeze: a member that joined after the first events of a publisher does not answer that they are older', async () => {
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

test('freeze: a member without the events of a publisher announces that they exist', async () => {
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
