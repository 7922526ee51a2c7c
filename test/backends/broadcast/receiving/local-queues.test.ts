// Covers src/backends/broadcast/receiving/local-copies.ts
import { createGroup, groups } from 'ackline/groups';
import { beforeEach, expect, test } from 'vitest';
import { type SimulatedContext, SimulatedWorld } from '../simulated-world.ts';

let world: SimulatedWorld;
let publisher: SimulatedContext;
let member: SimulatedContext;

beforeEach(() => {
  world = new SimulatedWorld();
  publisher = world.open('publisher');
  member = world.open('member');
});

/** A handler that does not end. */
const never = () => new Promise<never>(() => undefined);

/** Listens with a handler that records the group, and returns. */
function listenAs(group: string, handled: unknown[] = []) {
  const record = (delivery: { readonly payload: unknown }) => void handled.push(delivery.payload);
  return { handled, listener: member.events.listen('news', record, { group }) };
}

const confirmed = (terms = {}) =>
  world.settled(
    publisher.events.publishConfirmed('news', 1, null, { timeoutMs: 150, ...terms }),
    1_000,
  );

test('each group of a context and its plain queue get a copy of each event, with attempts of their own', async () => {
  const badge = listenAs('badge');
  const attempts: number[] = [];
  const failing = (delivery: { readonly attempts: number }) => {
    attempts.push(delivery.attempts);
    if (delivery.attempts < 3) throw new Error('not yet');
  };
  member.events.listen('news', failing, { group: 'list', backoffBaseMs: 0 });
  member.listen();
  await world.publish(publisher, 1, 2);
  await world.runtime.advance(10);
  expect([badge.handled, member.handled]).toEqual([
    [1, 2],
    [1, 2],
  ]);
  expect(attempts).toEqual([1, 2, 3, 1, 2, 3]);
});

test('listeners of one group share its events, and a context without plain consumers keeps none', async () => {
  const handled: unknown[] = [];
  listenAs('badge', handled);
  listenAs('badge', handled);
  await world.publish(publisher, 1, 2, 3);
  await world.runtime.advance(10);
  expect(handled.toSorted()).toEqual([1, 2, 3]);
  expect(await member.events.stats('news')).toMatchObject({ ready: 0, leased: 0, dead: 0 });
});

test('a member has acknowledged an event when each of its groups has', async () => {
  listenAs('badge');
  const held = member.events.listen('news', never, { group: 'list' });
  expect((await confirmed()).receipts).toMatchObject([{ outcome: 'timed-out' }]);
  await world.settled(held.stop({ mode: 'release' }));
  listenAs('list');
  const { receipts } = await confirmed();
  expect(receipts).toMatchObject([{ memberId: member.memberId, outcome: 'acknowledged' }]);
});

test('a group that rejects an event decides, and the receipt names it', async () => {
  listenAs('badge');
  member.events.listen('news', (delivery) => delivery.reject('no canvas'), { group: 'chart' });
  const { isConfirmed, receipts } = await confirmed();
  expect(isConfirmed).toBe(false);
  expect(receipts).toEqual([
    {
      ...{ memberId: member.memberId, isSelf: false, outcome: 'rejected' },
      ...{ reason: 'no canvas', group: 'chart' },
    },
  ]);
});

test('a reply of one group answers for its context at once', async () => {
  member.events.listen('news', never, { group: 'slow' });
  member.events.listen('news', (delivery) => delivery.ack('here'), { group: 'badge' });
  expect(await world.settled(publisher.events.request('news', 1))).toBe('here');
});

test('a group whose last consumer leaves is not waited for, and its copies stay for the next one', async () => {
  listenAs('badge');
  const listener = member.events.listen('news', never, { group: 'list' });
  const confirming = publisher.events.publishConfirmed('news', 1, null, { timeoutMs: 10_000 });
  await world.runtime.advance(200);
  const stopped = listener.stop({ mode: 'release' });
  const { receipts } = await world.settled(confirming);
  await stopped;
  expect(receipts).toMatchObject([{ outcome: 'acknowledged' }]);
  await world.publish(publisher, 2);
  const next = listenAs('list');
  await world.publish(publisher, 3);
  await world.runtime.advance(10);
  expect(next.handled).toEqual([1, 3]);
});

test('a context that left with every group has vanished for its publishers', async () => {
  const listener = member.events.listen('news', never, { group: 'list' });
  const confirming = publisher.events.publishConfirmed('news', 1, null, { timeoutMs: 10_000 });
  await world.runtime.advance(200);
  const stopped = listener.stop({ mode: 'release' });
  const { receipts } = await world.settled(confirming);
  await stopped;
  expect(receipts).toMatchObject([{ outcome: 'vanished' }]);
});

test('a full group reports its own misses, and the other groups get the event', async () => {
  const small = world.open('small', { maxBacklogEvents: 1 });
  const handled: unknown[] = [];
  small.events.listen('news', ({ payload }) => void handled.push(payload), { group: 'badge' });
  small.events.listen('news', never, { group: 'stuck' });
  for (const payload of [1, 2]) {
    await world.publish(publisher, payload);
    await world.runtime.advance(10);
  }
  expect(handled).toEqual([1, 2]);
  expect(small.missed()).toMatchObject([{ channel: 'news@stuck', reason: 'backlog-full' }]);
});

test('groups lists those with a consumer, and none can be created without one', async () => {
  const badge = listenAs('badge');
  listenAs('list');
  expect(await groups(member.events, 'news')).toEqual(['badge', 'list']);
  expect(await groups(publisher.events, 'news')).toEqual([]);
  await badge.listener.stop();
  expect(await groups(member.events, 'news')).toEqual(['list']);
  const creating = () => createGroup(member.events, 'news', 'badge');
  expect(creating).toThrow(expect.objectContaining({ code: 'unsupported' }));
  await expect(member.events.stats('news', { group: 'never' })).rejects.toMatchObject({
    code: 'no-group',
  });
  expect(() => member.events.listen('news', () => undefined, { group: 'a b' })).toThrow(TypeError);
});
