// Covers src/backends/broadcast/sending/confirm-terms.ts
import type { Receipt } from 'ackline';
import { beforeEach, expect, test } from 'vitest';
import { SimulatedWorld } from '../simulated-world.ts';

let world: SimulatedWorld;

beforeEach(() => {
  world = new SimulatedWorld();
});

test('confirm all: when every member has acknowledged, it resolves with a receipt for each', async () => {
  const [publisher, one, two] = [world.open('p'), world.open('one'), world.open('two')];
  one.listen();
  two.listen();
  const confirmation = await world.settled(publisher.events.publishConfirmed('news', 1));
  expect(confirmation.isConfirmed).toBe(true);
  expect(confirmation.receipts).toHaveLength(2);
  for (const { memberId } of [one, two])
    expect(confirmation.receipts).toContainEqual({
      memberId,
      isSelf: false,
      outcome: 'acknowledged',
      reason: null,
    });
});

test('confirm: the copy of the publisher counts like any other', async () => {
  const publisher = world.open('p');
  publisher.listen();
  const { receipts } = await world.settled(publisher.events.publishConfirmed('news', 1));
  expect(receipts).toMatchObject([{ isSelf: true, outcome: 'acknowledged' }]);
});

test('confirm: without members it resolves at once with an empty list', async () => {
  const publisher = world.open('p');
  const confirmation = await world.settled(publisher.events.publishConfirmed('news', 1));
  expect(confirmation).toMatchObject({ isConfirmed: true, receipts: [] });
  const one = await world.settled(
    publisher.events.publishConfirmed('news', 1, null, { confirm: 1 }),
  );
  expect(one).toMatchObject({ isConfirmed: false, receipts: [] });
});

test('confirm: after a reject or the last attempt, the receipt has the reason', async () => {
  const [publisher, refusing, failing] = [world.open('p'), world.open('r'), world.open('f')];
  refusing.events.listen('news', (delivery) => delivery.reject('I refuse'));
  const broken = () => {
    throw new Error('broken');
  };
  failing.events.listen('news', broken, { maxAttempts: 2, backoffBaseMs: 0 });
  const { receipts, isConfirmed } = await world.settled(
    publisher.events.publishConfirmed('news', 1),
  );
  expect(isConfirmed).toBe(false);
  const reasons = new Map(
    receipts.map(({ memberId, outcome, reason }) => [memberId, [outcome, reason]]),
  );
  expect(reasons.get(refusing.memberId)).toEqual(['rejected', 'I refuse']);
  expect(reasons.get(failing.memberId)).toEqual(['rejected', 'attempts-exhausted']);
});

test('confirm n: when n members have acknowledged, it resolves', async () => {
  const [publisher, quick, slow] = [world.open('p'), world.open('quick'), world.open('slow')];
  quick.listen();
  slow.events.listen('news', () => new Promise(() => undefined));
  const options = { confirm: 1, timeoutMs: 60_000 };
  const confirmation = await world.settled(
    publisher.events.publishConfirmed('news', 1, null, options),
  );
  expect(confirmation.isConfirmed).toBe(true);
  expect(confirmation.receipts).toMatchObject([
    { memberId: quick.memberId, outcome: 'acknowledged' },
    { memberId: slow.memberId, outcome: 'timed-out' },
  ]);
});

test('confirm: a member that has not answered after exactly timeoutMs is timed-out', async () => {
  const [publisher, hanging] = [world.open('p'), world.open('h')];
  hanging.events.listen('news', () => new Promise(() => undefined));
  await world.runtime.advance(200);
  let ended = false;
  const waiting = publisher.events
    .publishConfirmed('news', 1, null, { timeoutMs: 1_000 })
    .finally(() => {
      ended = true;
    });
  await world.runtime.advance(1_050);
  expect(ended).toBe(false);
  const { receipts, isConfirmed } = await world.settled(waiting, 100);
  expect([isConfirmed, receipts[0]?.outcome]).toEqual([false, 'timed-out']);
});

test('confirm: a member that leaves or shuts down before it answers is vanished', async () => {
  const [publisher, leaving, closing] = [world.open('p'), world.open('l'), world.open('c')];
  const hang = () => new Promise(() => undefined);
  const listener = leaving.events.listen('news', hang);
  closing.events.listen('news', hang);
  await world.runtime.advance(200);
  const waiting = publisher.events.publishConfirmed('news', 1, null, { timeoutMs: 60_000 });
  await world.runtime.advance(200);
  void listener.stop({ mode: 'release' });
  void closing.events.shutdown({ mode: 'release' });
  const { receipts } = await world.settled(waiting, 5_000);
  expect(receipts.map(({ outcome }) => outcome)).toEqual(['vanished', 'vanished']);
});

test('confirm: without Web Locks a member without three heartbeats is vanished', async () => {
  const [publisher, dead] = [world.open('p'), world.open('dead')];
  dead.events.listen('news', () => new Promise(() => undefined));
  await world.runtime.advance(200);
  const waiting = publisher.events.publishConfirmed('news', 1, null, { timeoutMs: 60_000 });
  await world.runtime.advance(200);
  world.bus.isLost = (_message, from) => from === 'dead';
  const { receipts } = await world.settled(waiting, 5_000);
  expect(receipts).toMatchObject([{ memberId: dead.memberId, outcome: 'vanished' }]);
});

test('confirm: when an expired lease ends an event, its receipt does not have the reason of an earlier reject', async () => {
  const [publisher, member] = [world.open('p'), world.open('m')];
  const take = { pollIntervalMs: 0, leaseMs: 100, maxAttempts: 1 };
  await member.events.dequeue('news', take);
  await world.runtime.advance(200);
  const rejected = publisher.events.publishConfirmed('news', 1);
  await world.runtime.advance(150);
  await (await member.events.dequeue('news', take))?.reject('not this one');
  await world.settled(rejected);
  const expired = publisher.events.publishConfirmed('news', 2);
  await world.runtime.advance(10);
  await member.events.dequeue('news', take);
  await world.runtime.advance(200);
  await member.events.dequeue('news', take);
  const { receipts } = await world.settled(expired);
  expect(receipts).toMatchObject([{ outcome: 'rejected', reason: 'attempts-exhausted' }]);
});

test('onReceipt: it is called with each receipt as it arrives, and its errors are ignored', async () => {
  const [publisher, one, two] = [world.open('p'), world.open('one'), world.open('two')];
  one.listen();
  two.events.listen('news', (delivery) => delivery.reject('no'));
  const seen: Receipt[] = [];
  const onReceipt = (receipt: Receipt) => {
    seen.push(receipt);
    throw new Error('mine');
  };
  const { receipts } = await world.settled(
    publisher.events.publishConfirmed('news', 1, null, { onReceipt }),
  );
  expect(seen).toEqual(receipts);
});

test('publish with confirm: it resolves with the id, or rejects as unconfirmed with the receipts', async () => {
  const [publisher, member] = [world.open('p'), world.open('m')];
  const listener = member.listen();
  const eventId = await world.settled(
    publisher.events.publish('news', 1, null, { confirm: 'all' }),
  );
  expect(eventId).toMatch(/^[\w-]+$/);
  await Promise.all([listener.stop(), world.runtime.advance(10)]);
  member.events.listen('news', (delivery) => delivery.reject('no'));
  await expect(
    world.settled(publisher.events.publish('news', 1, null, { confirm: 1 })),
  ).rejects.toMatchObject({
    code: 'unconfirmed',
    channel: 'news',
    receipts: [{ outcome: 'rejected', reason: 'no' }],
  });
});

test('confirm: invalid options are refused with option, expectation and value, and nothing is published', async () => {
  const [publisher, member] = [world.open('p'), world.open('m')];
  member.listen();
  const publish = (options: object) => () =>
    publisher.events.publishConfirmed('news', 1, null, options);
  await expect(publish({ confirm: -1 })).rejects.toThrow(
    'confirm must be a whole number from 0, got -1',
  );
  await expect(publish({ confirm: 'some' })).rejects.toThrow(
    `confirm must be 'all', 'reply' or a whole number from 0, got "some"`,
  );
  await expect(publish({ timeoutMs: 0 })).rejects.toThrow(
    'timeoutMs must be a whole number of milliseconds from 1, got 0',
  );
  await expect(publish({ onReceipt: 1 })).rejects.toThrow('onReceipt must be a function, got 1');
  await expect(publish({ confrim: 1 })).rejects.toThrow('there is no option "confrim"');
  const draft = { channel: 'news', payload: 1, options: { confirm: 'all' } as object };
  const batch = [draft, draft];
  await expect(publisher.events.publishMany(batch)).rejects.toThrow('there is no option "confirm"');
  await world.runtime.advance(10);
  expect(member.handled).toEqual([]);
});

test('order: an event that first waits for its members is not overtaken by a later event', async () => {
  const [publisher, member] = [world.open('p'), world.open('m')];
  member.listen();
  const waiting = publisher.events.publishConfirmed('news', 'first');
  const second = publisher.events.publish('news', 'second');
  await world.settled(Promise.all([waiting, second]));
  expect(member.handled).toEqual(['first', 'second']);
});

test('shutdown: a waiting publish resolves, and members without an answer are timed-out', async () => {
  const [publisher, hanging] = [world.open('p'), world.open('h')];
  hanging.events.listen('news', () => new Promise(() => undefined));
  await world.runtime.advance(200);
  const waiting = publisher.events.publishConfirmed('news', 1, null, { timeoutMs: 60_000 });
  await world.runtime.advance(200);
  void publisher.events.shutdown();
  const { receipts } = await world.settled(waiting, 10);
  expect(receipts).toMatchObject([{ outcome: 'timed-out' }]);
});

test('a forged receipt counts for its member only, and a second receipt of that member changes nothing', async () => {
  const [publisher, member, other] = [world.open('p'), world.open('m'), world.open('o')];
  member.events.listen('news', () => new Promise(() => undefined));
  other.events.listen('news', () => new Promise(() => undefined));
  await world.runtime.advance(200);
  let eventId = '';
  world.bus.isLost = (message) => {
    const { kind, events } = message as { kind: string; events: { eventId: string }[] };
    if (kind === 'events') eventId = events[0]?.eventId ?? '';
    return false;
  };
  const waiting = publisher.events.publishConfirmed('news', 1, null, { timeoutMs: 500 });
  await world.runtime.advance(100);
  const forge = (outcome: string) =>
    world.bus.post({
      ackline: 1,
      kind: 'receipts',
      from: member.memberId,
      to: publisher.memberId,
      receipts: [{ eventId, outcome, reason: null }],
    });
  forge('acknowledged');
  forge('rejected');
  const { receipts } = await world.settled(waiting, 1_000);
  expect(receipts).toMatchObject([
    { memberId: member.memberId, outcome: 'acknowledged' },
    { memberId: other.memberId, outcome: 'timed-out' },
  ]);
});
