// Covers src/backends/broadcast/broadcast-options.ts, src/backends/broadcast/receiving/local-copies.ts
import { EventChannel, memoryBackend } from 'ackline';
import { type BroadcastBackendOptions, broadcastBackend, type Wire } from 'ackline/broadcast';
import { expect, onTestFinished, test } from 'vitest';
import { bareBackend } from '../../support/bare-backend.ts';
import { until } from '../../support/until.ts';
import { newName, openOn, type Schema } from './open-on.ts';

test('publish: every member gets its own copy, also the publisher', async () => {
  const name = newName();
  const [one, two, three] = [openOn(name), openOn(name), openOn(name)];
  for (const { listen } of [one, two, three]) listen();
  await one.events.publish('news', { headline: 'rain' });
  for (const { handled } of [one, two, three])
    await until(() => handled.length === 1, 'a copy for each');
  expect([one, two, three].map(({ handled }) => handled)).toEqual(
    [1, 2, 3].map(() => [{ headline: 'rain' }]),
  );
});

test('publish: after a handler of one member failed, only that member gets the event again', async () => {
  const name = newName();
  const [publisher, good, bad] = [openOn(name), openOn(name), openOn(name)];
  good.listen();
  const attempts: number[] = [];
  bad.events.listen(
    'news',
    (delivery) => {
      attempts.push(delivery.attempts);
      if (delivery.attempts < 3) throw new Error('not yet');
    },
    { backoffBaseMs: 0 },
  );
  const confirmation = await publisher.events.publishConfirmed('news', 1);
  expect(confirmation.isConfirmed).toBe(true);
  expect(attempts).toEqual([1, 2, 3]);
  expect(good.handled).toEqual([1]);
});

test('self: with false for the backend or for one publish, the publisher gets no copy', async () => {
  const name = newName();
  const [quiet, other] = [openOn(name, { self: false }), openOn(name)];
  quiet.listen();
  other.listen();
  await quiet.events.publish('news', 'a');
  await quiet.events.publish('news', 'b', null, { self: true });
  await other.events.publish('news', 'c', null, { self: false });
  await other.events.publish('news', 'd');
  await until(() => quiet.handled.length + other.handled.length === 6, 'six copies');
  expect(quiet.handled.toSorted()).toEqual(['b', 'c', 'd']);
  expect(other.handled.toSorted()).toEqual(['a', 'b', 'd']);
});

test('self, confirm and reply: a backend without these capabilities refuses them', async () => {
  const events = new EventChannel<Schema>({ backend: memoryBackend() });
  onTestFinished(() => events.shutdown());
  const publish = (options: object) => () => events.publish('news', 1, null, options);
  for (const [option, attempt] of [
    ['self', publish({ self: false })],
    ['self', publish({ self: true })],
    ['confirm', publish({ confirm: 0 })],
    ['publishConfirmed', () => events.publishConfirmed('news', 1)],
    ['request', () => events.request('news', 1)],
    ['members', () => events.members('news')],
  ] as const)
    await expect(attempt(), option).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining(option),
    });
  expect(() => events.watchMembers('news', () => undefined)).toThrow('members');
  const bare = new EventChannel<Schema>({ backend: bareBackend() });
  onTestFinished(() => bare.shutdown());
  await bare.publish('news', 1);
  const delivery = await bare.dequeue('news');
  await expect(delivery?.ack('reply')).rejects.toMatchObject({ code: 'unsupported' });
  expect(await delivery?.ack()).toBe('ok');
});

test('options: an invalid option is refused with option, expectation and value', () => {
  const open = (options: object) => () => broadcastBackend(options as BroadcastBackendOptions);
  expect(open({})).toThrow('name must be a name of at least one character, got undefined');
  expect(open({ name: 'a', self: 1 })).toThrow('self must be true or false, got 1');
  expect(open({ name: 'a', history: -1 })).toThrow('history must be a whole number from 0, got -1');
  expect(open({ name: 'a', history: 1_001 })).toThrow('history must be at most 1000, got 1001');
  expect(open({ name: 'a', maxBacklogEvents: 0 })).toThrow('from 1, got 0');
  expect(open({ name: 'a', repairEvents: 1.5 })).toThrow('repairEvents');
  expect(open({ name: 'a', locks: {} })).toThrow('locks must be a LockManager or null');
  expect(open({ name: 'a', openWire: 1 })).toThrow('openWire must be a function');
  expect(open({ name: 'a', keepalive: true })).toThrow('there is no option "keepalive"');
});

test('leaving: after its last listener stopped, a context gets no event, and keeps the earlier ones', async () => {
  const name = newName();
  const [publisher, member] = [openOn(name), openOn(name)];
  const listener = member.listen();
  member.listen('other');
  await publisher.events.publish('news', 1);
  await until(() => member.handled.length === 1, 'the first');
  await listener.stop();
  await until(async () => (await publisher.events.members('news')).length === 0, 'no member');
  await publisher.events.publish('news', 2);
  await publisher.events.publish('other', 'after it');
  await until(() => member.handled.length === 2, 'both events');
  member.listen();
  await until(async () => (await publisher.events.members('news')).length === 1, 'one member');
  await publisher.events.publish('news', 3);
  await until(() => member.handled.length === 3, 'the third');
  expect(member.handled).toEqual([1, 'after it', 3]);
});

test('leaving: while one of several listeners remains, the context is a member', async () => {
  const name = newName();
  const [publisher, member] = [openOn(name), openOn(name)];
  const first = member.listen();
  member.listen();
  await first.stop();
  await publisher.events.publishConfirmed('news', 1, null, { confirm: 1 });
  expect(member.handled).toEqual([1]);
});

test('joining: a dequeue or an iterator makes a member, and the end of the iterator leaves', async () => {
  const name = newName();
  const [publisher, dequeuer, iterating] = [openOn(name), openOn(name), openOn(name)];
  expect(await dequeuer.events.dequeue('news', { pollIntervalMs: 0 })).toBeNull();
  const iterator = iterating.events.iterEvents('news');
  await until(async () => (await publisher.events.members('news')).length === 2, 'two members');
  await publisher.events.publish('news', 1);
  const { value } = await iterator.next();
  expect(value.payload).toBe(1);
  expect((await dequeuer.events.dequeue('news'))?.payload).toBe(1);
  await iterator.return?.();
  await until(async () => (await publisher.events.members('news')).length === 1, 'one member left');
});

test('publishMany: a large batch arrives completely and in order', async () => {
  const name = newName();
  const [publisher, member] = [openOn(name), openOn(name)];
  member.events.listen('news', ({ payload }) => member.handled.push(payload), { concurrency: 50 });
  const numbers = Array.from({ length: 5_000 }, (_, index) => index);
  const drafts = numbers.map((payload) => ({ channel: 'news', payload }) as const);
  const eventIds = await publisher.events.publishMany(drafts);
  expect(new Set(eventIds).size).toBe(5_000);
  await until(() => member.handled.length === 5_000, 'all of them');
  expect(member.handled).toEqual(numbers);
});

test('publish: binary payloads arrive whole', async () => {
  const name = newName();
  const [publisher, member] = [openOn(name), openOn(name)];
  member.listen();
  const bytes = new Uint8Array([1, 2, 3]);
  const payload = { bytes, buffer: bytes.buffer, map: new Map([[1, new Date(0)]]) };
  await publisher.events.publishConfirmed('news', payload);
  expect(member.handled).toEqual([payload]);
  await publisher.events.publishConfirmed('news', new Blob(['hello']));
  expect(await (member.handled[1] as Blob).text()).toBe('hello');
});

test('maxBacklogEvents, maxBacklogBytes: when the backlog is full, new events are dropped and reported as missed', async () => {
  const name = newName();
  const publisher = openOn(name);
  const [few, small] = [
    openOn(name, { maxBacklogEvents: 2 }),
    openOn(name, { maxBacklogBytes: 3_000 }),
  ];
  for (const { events } of [few, small]) await events.dequeue('news', { pollIntervalMs: 0 });
  for (let count = 0; count < 4; count += 1)
    await publisher.events.publish('news', 'x'.repeat(500));
  for (const { observer } of [few, small])
    await until(() => observer.of('events-missed').length === 2, 'two that were dropped');
  expect(few.observer.of('events-missed')).toMatchObject(
    [1, 2].map(() => ({ reason: 'backlog-full', count: 1 })),
  );
  expect(await few.events.stats('news')).toMatchObject({ ready: 2 });
  const delivery = await few.events.dequeue('news');
  await delivery?.ack();
  await publisher.events.publish('news', 'there is room again');
  await until(async () => (await few.events.stats('news')).ready === 2, 'one more');
});

test('name: events do not reach contexts of another name or listeners of another channel', async () => {
  const [here, there] = [openOn(newName()), openOn(newName())];
  here.listen();
  there.listen();
  here.listen('other');
  await here.events.publish('other', 1);
  await here.events.publish('news', 2);
  await until(() => here.handled.length === 2, 'both');
  expect(there.handled).toEqual([]);
  expect(await there.events.members('news')).toMatchObject([{ isSelf: true }]);
});

test('publish: all events of one task are posted together in the next microtask', async () => {
  const posted: unknown[] = [];
  const openWire = () => ({
    postMessage: ({ kind, events }: { kind: string; events?: readonly { payload: unknown }[] }) =>
      posted.push([kind, ...(events ?? []).map(({ payload }) => payload)]),
    addEventListener: () => undefined,
    close: () => undefined,
  });
  const { events } = openOn(newName(), { openWire: openWire as () => Wire });
  const waiting = [1, 2, 3].map((payload) => events.publish('news', payload));
  expect(posted).toEqual([]);
  await undefined;
  expect(posted).toEqual([['events', 1, 2, 3]]);
  await Promise.all(waiting);
});
