// Covers src/backends/indexeddb/groups/*.ts, src/backends/indexeddb/schema/groups-row.ts,
// src/backends/indexeddb/publishing/late-groups.ts
import { createGroup, groupStats, groups } from 'ackline/groups';
import { browse } from 'ackline/inspection';
import { resultOf } from 'ackline/results';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Connection } from '../../../../src/backends/indexeddb/database/connection.ts';
import { countRequests } from '../../../support/count-requests.ts';
import { faultyIndexedDb } from '../../../support/faulty-indexeddb.ts';
import { drafts, type FullBackend, openDatabase } from '../open-indexeddb.ts';
import { drain } from './drain-queue.ts';

type Row = {
  readonly queue: string;
  readonly seq: number;
  readonly payloads?: readonly unknown[];
  readonly queues?: readonly string[];
};

const SEARCH = 'a@search';
const MAIL = 'a@mail';

test('with eight contexts publishing, each event reaches a new group if and only if it was committed after the creation', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { open, rows } = openDatabase();
    const creator = open();
    const publishers = Array.from({ length: 8 }, () => open());
    const creations: Promise<boolean>[] = [];
    await Promise.all(
      publishers.map(async (backend, context) => {
        for (let count = 0; count < 12; count += 1) {
          await backend.publish('a', `${context}.${count}`);
          if (context === round && count === 4) creations.push(createGroup(creator, 'a', 'search'));
          if (context === round && count === 6) creations.push(createGroup(backend, 'a', 'mail'));
        }
      }),
    );
    expect(await Promise.all(creations)).toEqual([true, true]);
    const stored = (await rows('segments')) as Row[];
    const pointOf = (group: string) =>
      stored.find(({ queues }) => queues?.some((queue) => queue.startsWith(`${group}@`)))?.seq ?? 0;
    const after = (point: number) =>
      stored
        .filter(({ queue, seq }) => queue === 'a' && seq > point)
        .flatMap((row) => row.payloads);
    const expected = {
      search: after(pointOf(SEARCH)),
      mail: after(pointOf(MAIL)),
      plain: after(0),
    };
    expect(expected.plain).toHaveLength(96);
    expect(expected.search.length).toBeGreaterThan(0);
    expect(expected.search.length).toBeLessThan(96);
    expect(await drain(open(), SEARCH)).toEqual(expected.search);
    expect(await drain(open(), 'a')).toEqual(expected.plain);
    expect(await drain(open(), MAIL)).toEqual(expected.mail);
  }
});

test('contexts that copy at the same time copy each event once, and share the events of each group', async () => {
  const { open } = openDatabase();
  const contexts = Array.from({ length: 6 }, () => open());
  const [first] = contexts as [FullBackend];
  for (const group of ['search', 'mail']) await createGroup(first, 'a', group);
  const seen = new Map<string, unknown[]>([SEARCH, MAIL, 'a'].map((queue) => [queue, []]));
  await Promise.all(
    contexts.map(async (backend, context) => {
      const queue = [SEARCH, MAIL, 'a'][context % 3] as string;
      for (let count = 0; count < 8; count += 1) {
        await backend.publish('a', `${context}.${count}`);
        seen.get(queue)?.push(...(await drain(backend, queue)));
      }
    }),
  );
  for (const [queue, payloads] of seen) {
    payloads.push(...(await drain(first, queue)));
    expect(new Set(payloads).size).toBe(48);
    expect(payloads).toHaveLength(48);
  }
});

test('groups, their events, attempts and dead letters survive the end of every context', async () => {
  const { open, runtime } = openDatabase();
  const before = open();
  await createGroup(before, 'a', 'search', { plainQueue: false });
  await createGroup(before, 'a', 'mail');
  await before.publishMany(drafts('a', 3));
  await before.publish('a', 'later', null, { delayMs: 500 });
  const [dead, back] = await before.dequeueMany(SEARCH, 2, 0);
  await before.reject(String(dead?.eventId), dead?.lease, { reason: 'no' }, SEARCH);
  await before.nack(String(back?.eventId), back?.lease, undefined, SEARCH);
  await before.shutdown();
  const after = open();
  expect(await groups(after, 'a')).toEqual(['search', 'mail']);
  const [again] = await after.dequeueMany(SEARCH, 1, 0);
  expect([again?.payload, again?.attempts]).toEqual([1, 2]);
  await after.ack(String(again?.eventId), again?.lease, undefined, SEARCH);
  expect(await drain(after, SEARCH)).toEqual([2]);
  const [letter] = await after.deadLetters(SEARCH, 9);
  expect([letter?.payload, letter?.channel, letter?.group]).toEqual([0, 'a', 'search']);
  expect(await drain(after, MAIL)).toEqual([0, 1, 2]);
  await runtime.advance(500);
  expect([await drain(after, SEARCH), await drain(after, MAIL)]).toEqual([['later'], ['later']]);
  await expect(after.dequeue('a', 0)).rejects.toMatchObject({ code: 'no-group' });
});

test('keys, priorities, due times and ids have in each group the order that they have in the plain queue', async () => {
  const { open, runtime } = openDatabase();
  const [one, other] = [open(), open()];
  await createGroup(one, 'a', 'search');
  const at = runtime.now();
  await one.publish('a', 'k1', null, { key: 'k' });
  await other.publish('a', 'k2', null, { key: 'k', delayMs: 100 });
  await one.publish('a', 'k3', null, { key: 'k' });
  await other.publish('a', 'low', null, { priority: -5 });
  await one.publish('a', 'high', null, { priority: 5 });
  await other.publish('a', 'due', null, { availableAt: at + 50 });
  for (const backend of [one, other]) await backend.publish('a', 'once', null, { id: 'once' });
  const seen = async (queue: string) => {
    const payloads = await drain(one, queue);
    await runtime.advance(50);
    return payloads;
  };
  const expected = [['high', 'k1', 'once', 'low'], ['due'], ['k2', 'k3']];
  const search = [await seen(SEARCH), await seen(SEARCH), await seen(SEARCH)];
  expect(search).toEqual(expected);
  expect((await drain(other, 'a')).toSorted()).toEqual(expected.flat().toSorted());
});

test('a group that is created between the read and the commit of a delayed event gets it', async () => {
  const { open, runtime } = openDatabase();
  const [one, other] = [open(), open()];
  const append = Connection.prototype.append;
  const spied = vi.spyOn(Connection.prototype, 'append').mockImplementationOnce(async function (
    this: Connection,
    ...given
  ) {
    await createGroup(other, 'a', 'search');
    return append.apply(this, given);
  });
  onTestFinished(() => spied.mockRestore());
  const eventId = await one.publish('a', 'late', null, { delayMs: 10, retentionMs: 60_000 });
  await createGroup(other, 'a', 'mail');
  await runtime.advance(10);
  expect(await drain(one, SEARCH)).toEqual(['late']);
  // The copies for the group leave the result of the plain queue alone.
  expect(await resultOf(one, 'a', eventId)).toMatchObject({ state: 'pending' });
  expect([await drain(one, 'a'), await drain(one, MAIL)]).toEqual([['late'], []]);
});

test('a publish into a channel with groups makes one request, and a plain claim elsewhere none more', async () => {
  const { open } = openDatabase();
  const backend = open();
  await createGroup(backend, 'a', 'search');
  await backend.publish('b', 0);
  await backend.ack((await backend.dequeue('b', 0))?.eventId ?? '');
  expect(await backend.dequeue('b', 0)).toBeNull();
  const { requests } = countRequests();
  await backend.publish('a', 1);
  await backend.publish('b', 2);
  const message = await backend.dequeue('b', 0);
  await backend.ack(message?.eventId ?? '');
  expect(requests).toEqual(['add segments', 'add segments', 'add epochs', 'add endings']);
});

test('groupStats and browse show what is not copied yet, and events without a plain queue are stored once for each group', async () => {
  const { open, rows } = openDatabase();
  const [one, other] = [open(), open()];
  await one.publish('a', 0);
  await createGroup(one, 'a', 'search', { plainQueue: false });
  await createGroup(one, 'a', 'mail');
  await one.publishMany(drafts('a', 3));
  expect(await drain(one, SEARCH)).toEqual([0, 1, 2]);
  const { plain, slowest } = await groupStats(other, 'a');
  expect([plain.ready, slowest]).toEqual([1, { group: 'mail', waiting: 3 }]);
  expect((await browse(other, 'a', { state: 'ready' })).events).toHaveLength(1);
  const stored = ((await rows('segments')) as Row[]).filter(({ payloads }) => payloads);
  expect(stored.map(({ queue }) => queue.split('@')[1])).toContain('mail');
  await createGroup(one, 'b', 'search');
  await one.publishMany(drafts('b', 2));
  expect((await other.stats('b')).ready).toBe(2);
  expect((await browse(open(), 'b', { state: 'ready' })).events).toHaveLength(2);
});

test('a context that does not know of the groups delivers from the plain queue only what was copied', async () => {
  const { open, tidied } = openDatabase();
  const [one, other] = [open(), open()];
  await createGroup(one, 'a', 'search');
  await one.publishMany(drafts('a', 2));
  const messages = await other.dequeueMany('a', 2, 0);
  expect(messages).toHaveLength(2);
  for (const { eventId, lease } of messages) await other.ack(eventId, lease);
  // The segment is deleted by now.
  await tidied();
  expect(await drain(one, SEARCH)).toEqual([0, 1]);
});

test('with a full storage, what was copied before is still delivered', async () => {
  const { open } = openDatabase();
  const faulty = faultyIndexedDb();
  const backend = open({ indexedDB: faulty.factory });
  await createGroup(backend, 'a', 'search');
  await backend.publishMany(drafts('a', 2));
  const first = await backend.dequeue(SEARCH, 0);
  await backend.publish('a', 2);
  // The second time the reserve was lent.
  faulty.strike('quota', 'claim', 2);
  expect((await backend.dequeue(SEARCH, 0))?.payload).toBe(1);
  await backend.ack(String(first?.eventId), first?.lease, undefined, SEARCH);
  expect((await backend.dequeue(SEARCH, 0))?.payload).toBe(2);
});

test('a creation whose answer is lost is made once, and resolves with true', async () => {
  const { open } = openDatabase();
  const faulty = faultyIndexedDb();
  const backend = open({ indexedDB: faulty.factory });
  await backend.publish('a', 0);
  faulty.strike('answer-lost', 'claim');
  expect(await createGroup(backend, 'a', 'search')).toBe(true);
  await backend.publish('a', 1);
  expect(await groups(backend, 'a')).toEqual(['search']);
  expect(await drain(backend, SEARCH)).toEqual([1]);
});

test('events with a priority keep their order in a group, in however many steps they are copied', async () => {
  const { open } = openDatabase();
  const backend = open();
  await createGroup(backend, 'a', 'search');
  const payloads = Array.from({ length: 100 }, (_, index) => index);
  for (const payload of payloads) await backend.publish('a', payload, null, { priority: 1 });
  expect(await drain(backend, SEARCH)).toEqual(payloads);
});
