// Covers src/backends/indexeddb/publishing/replaced-in-groups.ts, src/backends/indexeddb/publishing/last-position.ts, src/backends/indexeddb/publishing/refuse-groups.ts
import type { EventMessage } from 'ackline';
import { createGroup, deleteGroup } from 'ackline/groups';
import { groupsFeature, replaceFeature } from 'ackline/indexeddb';
import { recordingObserver } from 'ackline/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Connection } from '../../../../src/backends/indexeddb/database/connection.ts';
import { ReplacedInGroups } from '../../../../src/backends/indexeddb/publishing/replaced-in-groups.ts';
import { drain } from '../groups/drain-queue.ts';
import { type FullBackend, openDatabase, settled } from '../open-indexeddb.ts';

const DRAFT = { key: 'k', replaces: 'waiting' } as const;
const QUEUES = ['a@search', 'a@mail', 'a'] as const;

/** Two contexts over a channel with two groups. */
async function openTwo() {
  const database = openDatabase();
  const [one, other] = [database.open(), database.open()];
  for (const group of ['search', 'mail']) await createGroup(one, 'a', group);
  return { ...database, one, other };
}

/** Runs `act` between the reads and the commit of the next publish. */
function beforeCommit(act: () => Promise<unknown>): void {
  const append = Connection.prototype.append;
  const spied = vi.spyOn(Connection.prototype, 'append').mockImplementation(async function (
    this: Connection,
    ...given
  ) {
    spied.mockRestore();
    await act();
    return append.apply(this, given);
  });
  onTestFinished(() => spied.mockRestore());
}

/** Runs `act` between the read after which nothing was left to copy and the search in the queues. */
function beforeSearch(act: () => Promise<unknown>): void {
  const stamp = Connection.prototype.stamp;
  let calls = 0;
  const spied = vi.spyOn(Connection.prototype, 'stamp').mockImplementation(async function (
    this: Connection,
  ) {
    calls += 1;
    if (calls === 2) {
      spied.mockRestore();
      await act();
    }
    return stamp.apply(this);
  });
  onTestFinished(() => spied.mockRestore());
}

/** Runs `act` after the read that finds the groups, and before the read of what is left to copy. */
function beforeCopies(act: () => Promise<unknown>): void {
  const { prepare } = ReplacedInGroups;
  const spied = vi.spyOn(ReplacedInGroups, 'prepare').mockImplementation(async (...given) => {
    spied.mockRestore();
    await act();
    return prepare.apply(ReplacedInGroups, given);
  });
  onTestFinished(() => spied.mockRestore());
}

async function drainAll(backend: FullBackend): Promise<unknown[][]> {
  const all: unknown[][] = [];
  for (const queue of QUEUES) all.push(await drain(backend, queue));
  return all;
}

test('an event that a group claims meanwhile is not touched there, and is replaced in the other queues', async () => {
  const { one, other } = await openTwo();
  const observer = recordingObserver();
  one.observe(observer);
  const eventId = await one.publish('a', 'old', null, DRAFT);
  let claimed: EventMessage | null = null;
  beforeCommit(async () => {
    claimed = await other.dequeue('a@mail', 0);
  });
  await one.publish('a', 'new', null, DRAFT);
  expect(claimed).toMatchObject({ payload: 'old' });
  const replaced = observer.of('replaced');
  expect(replaced.map(({ channel }) => channel).sort()).toEqual(['a', 'a@search']);
  const { lease } = claimed as unknown as { lease: number };
  expect(await other.dequeue('a@mail', 0)).toBeNull();
  expect(await other.ack(eventId, lease, undefined, 'a@mail')).toBe('ok');
  expect(await drainAll(one)).toEqual([['new'], ['new'], ['new']]);
});

test('an event of the key that another context stores meanwhile comes after the new one in each queue', async () => {
  const { one, other } = await openTwo();
  beforeCommit(() => other.publish('a', 'later', null, { key: 'k' }));
  await one.publish('a', 'new', null, DRAFT);
  expect(await drainAll(one)).toEqual(Array(3).fill(['new', 'later']));
});

test('an event that another context stores and copies meanwhile is replaced in each queue', async () => {
  const { one, other } = await openTwo();
  beforeCommit(async () => {
    await other.publish('a', 'copied', null, { key: 'k' });
    await other.stats('a@mail');
  });
  await one.publish('a', 'new', null, DRAFT);
  expect(await drainAll(one)).toEqual(Array(3).fill(['new']));
});

test('a group that is created meanwhile gets the event', async () => {
  const { one, other } = await openTwo();
  await one.publish('a', 'old', null, DRAFT);
  beforeCommit(() => createGroup(other, 'a', 'late'));
  await one.publish('a', 'new', null, DRAFT);
  expect(await drain(other, 'a@late')).toEqual(['new']);
  expect(await drainAll(one)).toEqual(Array(3).fill(['new']));
});

test('a group that is created before the search gets the event', async () => {
  const { one, other } = await openTwo();
  beforeSearch(() => createGroup(other, 'a', 'late'));
  await one.publish('a', 'new', null, DRAFT);
  expect(await drain(other, 'a@late')).toEqual(['new']);
});

test('an event of the key that another context stores before the search comes after the new one in each queue', async () => {
  const { one, other } = await openTwo();
  beforeSearch(() => other.publish('a', 'later', null, { key: 'k' }));
  await one.publish('a', 'new', null, DRAFT);
  expect(await drainAll(one)).toEqual(Array(3).fill(['new', 'later']));
});

test('a group that is deleted meanwhile fails nothing', async () => {
  const { one, other } = await openTwo();
  await one.publish('a', 'old', null, DRAFT);
  beforeCommit(() => deleteGroup(other, 'a', 'mail'));
  await one.publish('a', 'new', null, DRAFT);
  for (const queue of ['a@search', 'a']) expect(await drain(one, queue)).toEqual(['new']);
});

test('the first group of a channel that is created meanwhile gets the event', async () => {
  const { open } = openDatabase();
  const [one, other] = [open(), open()];
  await one.publish('a', 'old', null, DRAFT);
  beforeCommit(() => createGroup(other, 'a', 'search'));
  await one.publish('a', 'new', null, DRAFT);
  expect([await drain(one, 'a@search'), await drain(one, 'a')]).toEqual([['new'], ['new']]);
});

test('a delayed event that is copied later comes after the new one', async () => {
  const { one, runtime } = await openTwo();
  await one.publish('a', 'draft', null, { ...DRAFT, delayMs: 10 });
  await one.publish('a', 'late', null, { key: 'k', delayMs: 10 });
  await runtime.advance(10);
  expect(await drainAll(one)).toEqual(Array(3).fill(['draft', 'late']));
});

test('a context that has found nothing in a group finds the new event, although its hint is lost', async () => {
  const { one, other } = await openTwo();
  expect(await other.dequeue('a@mail', 0)).toBeNull();
  const lost = vi.spyOn(BroadcastChannel.prototype, 'postMessage').mockReturnValue();
  await one.publish('a', 1, null, DRAFT);
  lost.mockRestore();
  expect((await other.dequeue('a@mail', 60_000))?.payload).toBe(1);
});

test('a retry stays before an event that replaces nothing, although all segments between them are gone', async () => {
  const { open, rowsLeft } = openDatabase();
  const [one, other] = [open(), open()];
  await createGroup(one, 'a', 'search', { plainQueue: false });
  for (let count = 0; count < 5; count += 1) await one.publish('a', count);
  await one.publish('a', 'retry', null, DRAFT);
  const messages = await one.dequeueMany('a@search', 10, 0);
  expect(messages).toHaveLength(6);
  for (const { eventId, lease, payload } of messages)
    if (payload !== 'retry') await one.ack(eventId, lease, undefined, 'a@search');
  expect((await rowsLeft('segments')).length).toBe(1);
  const retry = messages.find(({ payload }) => payload === 'retry');
  await one.nack(String(retry?.eventId), retry?.lease, undefined, 'a@search');
  await other.publish('a', 'new', null, DRAFT);
  expect((await one.dequeue('a@search', 0))?.payload).toBe('retry');
});

test('a context without groupsFeature is refused, and nothing of the batch is stored', async () => {
  const { open, one } = await openTwo();
  const plain = open({ features: [replaceFeature] });
  await expect(
    plain.publishMany([
      { channel: 'b', payload: 1 },
      { channel: 'a', payload: 2, options: DRAFT },
    ]),
  ).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('groupsFeature'),
  });
  const full = open({ features: [replaceFeature, groupsFeature] });
  await full.publish('a', 3, null, DRAFT);
  expect([await drain(one, 'b'), ...(await drainAll(one))]).toEqual([[], [3], [3], [3]]);
});

test('a deleted group leaves no row of the events behind', async () => {
  const { one, rowsLeft } = await openTwo();
  for (const payload of [1, 2]) await one.publish('a', payload, null, DRAFT);
  expect(await drain(one, 'a')).toEqual([2]);
  for (const group of ['search', 'mail']) await deleteGroup(one, 'a', group);
  for (const store of ['late', 'returned', 'cancelled']) expect(await rowsLeft(store)).toEqual([]);
});

test('where another database took the place of the one with the groups, an event that was replaced in its own commit is cancelled', async () => {
  const { one, database, rows } = await openTwo();
  beforeCopies(async () => settled(indexedDB.deleteDatabase(database)));
  const options = { ...DRAFT, retentionMs: 60_000 };
  await one.publishMany([
    { channel: 'a', payload: 'first', options: { ...options, id: 'first' } },
    { channel: 'a', payload: 'second', options: { ...options, id: 'second' } },
  ]);
  expect(await rows('results')).toMatchObject([
    { eventId: 'first', result: { state: 'cancelled' } },
    { eventId: 'second', result: { state: 'pending' } },
  ]);
  expect(await drain(one, 'a')).toEqual(['second']);
});
