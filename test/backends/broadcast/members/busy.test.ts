// Covers src/backends/broadcast/members/heartbeat-roster.ts, src/backends/broadcast/wire/answer-timeout.ts
import { beforeEach, expect, test } from 'vitest';
import { numbersOf, openSimulation } from '../simulation/open-contexts.ts';

/** Contexts whose thread is busy. Their timers and messages wait, and no event announces it. */

let world: ReturnType<typeof openSimulation>;

beforeEach(() => {
  world = openSimulation();
});

/** A member that lacks events 1 and 2, and detects the gap when event 3 arrives. */
async function openMemberWithGap() {
  const { runtime, open, openMember, publish } = world;
  const [publisher, member] = [open('publisher'), openMember('member')];
  await runtime.advance(200);
  member.freeze();
  await publish(publisher, 2);
  member.resume();
  void publisher.publish(1);
  await runtime.settle();
  return { publisher, member };
}

for (const busyMs of [1_500, 3_500])
  test(`repair: when a publisher is busy for ${busyMs} ms, its late answer is used`, async () => {
    const { publisher, member } = await openMemberWithGap();
    publisher.occupy();
    await world.runtime.advance(busyMs);
    expect(numbersOf(member, publisher)).toEqual([]);
    publisher.resume();
    await world.runtime.advance(5_000);
    expect(numbersOf(member, publisher)).toEqual([1, 2, 3]);
    expect(member.missedCount).toBe(0);
    expect(member.observer.of('message-ignored')).toEqual([]);
  });

test('repair: when a publisher is busy for longer, its later events are delivered, and the gap is reported', async () => {
  const { publisher, member } = await openMemberWithGap();
  publisher.occupy();
  await world.runtime.advance(5_000);
  expect(numbersOf(member, publisher)).toEqual([3]);
  expect(member.missedCount).toBe(2);
  publisher.resume();
  await world.publish(publisher, 1);
  await world.runtime.advance(5_000);
  expect(numbersOf(member, publisher)).toEqual([3, 4]);
  expect(member.missedCount).toBe(2);
});

test('repair: when the member is busy, the waiting answer is used afterwards', async () => {
  const { publisher, member } = await openMemberWithGap();
  // The question of the member has been sent.
  await world.runtime.advance(1);
  member.occupy();
  await world.runtime.advance(20_000);
  member.resume();
  await world.runtime.advance(5_000);
  expect(numbersOf(member, publisher)).toEqual([1, 2, 3]);
  expect(member.missedCount).toBe(0);
});

test('history: when the member is busy, the waiting answer is used afterwards', async () => {
  const { runtime, openMember, publish } = world;
  const [publisher, late] = [
    openMember('publisher', { history: 2 }),
    world.open('late', { history: 2 }),
  ];
  await runtime.advance(2_000);
  await publish(publisher, 3);
  late.listen();
  await runtime.settle();
  late.occupy();
  await runtime.advance(5_000);
  late.resume();
  await runtime.advance(100);
  expect(numbersOf(late, publisher)).toEqual([2, 3]);
});

test('after a publisher was busy for longer than a heartbeat lasts, it still has its members and receives their receipts', async () => {
  const { runtime, open, openMember } = world;
  const [publisher, members] = [open('publisher'), [openMember('one'), openMember('two')]];
  const counts: number[] = [];
  publisher.events.watchMembers('news', ({ length }) => counts.push(length));
  await runtime.advance(2_000);
  const waiting = publisher.events.publishConfirmed('news', 1, null, { timeoutMs: 4_000 });
  // The event was sent, and no member has answered yet.
  await runtime.settle();
  publisher.occupy();
  await runtime.advance(10_000);
  publisher.resume();
  await runtime.advance(3_000);
  const { isConfirmed, receipts } = await waiting;
  expect({ isConfirmed, count: receipts.length }).toEqual({
    isConfirmed: true,
    count: members.length,
  });
  expect(counts.at(-1)).toBe(2);
  expect(counts.slice(counts.indexOf(2))).toEqual([2]);
});

test('when a context is busy right after it asked for the members, it still receives the answers', async () => {
  const { runtime, open, openMember } = world;
  openMember('member');
  const asking = open('asking');
  await runtime.advance(10_000);
  const members = asking.events.members('news');
  await runtime.settle();
  asking.occupy();
  await runtime.advance(3_000);
  asking.resume();
  await runtime.advance(1_000);
  expect(await members).toHaveLength(1);
});

test('when clocks jump, a crashed member is still removed after three seconds', async () => {
  const { runtime, open, openMember } = world;
  const [watching, member] = [open('watching'), openMember('member')];
  const counts: number[] = [];
  watching.events.watchMembers('news', ({ length }) => counts.push(length));
  await runtime.advance(2_000);
  runtime.jumpTo(runtime.now() + 3_600_000);
  await runtime.advance(2_000);
  expect(counts.at(-1)).toBe(1);
  member.die();
  await runtime.advance(4_000);
  expect(counts.at(-1)).toBe(0);
});
