// Covers src/backends/indexeddb/cleanup/housekeeping.ts, src/backends/indexeddb/cleanup/claims-in-progress.ts, src/backends/indexeddb/claiming/claimer.ts
import { describe, expect, test } from 'vitest';
import type { Claimer } from '../../../../src/backends/indexeddb/claiming/claimer.ts';
import { Claimers } from '../../../../src/backends/indexeddb/claiming/claimers.ts';
import { deferred } from '../../../support/deferred.ts';
import { nextTask } from '../../../support/next-task.ts';
import { drafts } from '../open-indexeddb.ts';
import { openStore } from '../open-store.ts';

/** Spent segments that are not deleted yet. */
async function leaveSpent(
  store: Awaited<ReturnType<typeof openStore>>,
  count: number,
  queue = 'a',
  spared = 0,
) {
  const segments = Array.from({ length: count }, (_, index) => ({
    ...{ v: 1, queue, ids: [`${index}`], payloads: [index], createdAt: [0], bytes: 8 },
  }));
  const keys = await store.write('segments', ...segments);
  const cursor = { seq: Number(keys.at(-1)) + 1, at: 0 };
  const marks = {
    spentEpoch: 0,
    spentAt: store.runtime.now(),
    clearedEpoch: 0,
    sparedSeq: Number(keys.at(0)) + spared - 1,
  };
  await store.write('epochs', { v: 1, queue, epoch: 1, cursor, ...marks });
}

describe('rows of an ended context', () => {
  test('delay no claim, and are deleted in steps of a thousand', async () => {
    const opened = await openStore();
    await leaveSpent(opened, 3_500);
    const { backend, connection, rows, runtime, store } = opened;
    let deletes = 0;
    const clear = connection.clear.bind(connection);
    connection.clear = (...given) => {
      deletes += 1;
      return clear(...given);
    };
    expect(await backend.dequeue('a', 0)).toBeNull();
    expect([deletes, (await rows('segments')).length]).toEqual([0, 3_500]);
    await runtime.advance(250);
    await store.housekeeping.settled();
    expect([deletes, await rows('segments')]).toEqual([4, []]);
    expect(runtime.pendingTimers).toBe(0);
  });

  test('are kept where unusable rows may refer to them', async () => {
    const opened = await openStore();
    await leaveSpent(opened, 10, 'a', 3);
    const { backend, rows, runtime, store } = opened;
    expect(await backend.dequeue('a', 0)).toBeNull();
    await runtime.advance(250);
    await store.housekeeping.settled();
    expect(await rows('segments')).toMatchObject([{ ids: ['0'] }, { ids: ['1'] }, { ids: ['2'] }]);
  });

  test('are not deleted while a claim is in progress', async () => {
    const opened = await openStore();
    await leaveSpent(opened, 10);
    const { backend, rows, runtime, store } = opened;
    expect(await backend.dequeue('a', 0)).toBeNull();
    const claims = [deferred(), deferred()];
    for (const claim of claims) void store.housekeeping.claims.during(claim.promise);
    await runtime.advance(250);
    claims[0]?.resolve();
    await runtime.advance(999);
    expect(await rows('segments')).toHaveLength(10);
    claims[1]?.resolve();
    await store.housekeeping.settled();
    expect(await rows('segments')).toEqual([]);
  });

  test('are deleted after a second although a claim is in progress', async () => {
    const opened = await openStore();
    await leaveSpent(opened, 10);
    const { backend, rows, runtime, store } = opened;
    expect(await backend.dequeue('a', 0)).toBeNull();
    void store.housekeeping.claims.during(deferred().promise);
    await runtime.advance(250 + 1_000);
    await store.housekeeping.settled();
    expect(await rows('segments')).toEqual([]);
  });

  test('are not deleted by a context that shuts down, which does not wait for them', async () => {
    const opened = await openStore();
    await leaveSpent(opened, 3_500);
    const { backend, observer, runtime, store } = opened;
    expect(await backend.dequeue('a', 0)).toBeNull();
    await runtime.advance(250);
    await backend.shutdown();
    await store.housekeeping.settled();
    expect(observer.of('fault')).toEqual([]);
    expect(runtime.pendingTimers).toBe(0);
  });
});

test('a quarter of a second after a queue became idle it is cleaned up, also when another queue has a later step', async () => {
  const opened = await openStore();
  const { backend, rows, runtime, store } = opened;
  await backend.publish('a', 1);
  await backend.ack(String((await backend.dequeue('a', 0))?.eventId));
  expect(await backend.dequeue('a', 0)).toBeNull();
  await runtime.advance(250);
  await store.housekeeping.settled();
  // Its guard rows are kept until later.
  expect(await rows('endings')).toHaveLength(1);
  await leaveSpent(opened, 10, 'b');
  expect(await backend.dequeue('b', 0)).toBeNull();
  await runtime.advance(250);
  await store.housekeeping.settled();
  expect(await rows('segments')).toEqual([]);
});

test('guard rows are deleted by the timer, once no claim is in progress, and not by a claim', async () => {
  const { backend, connection, runtime, store } = await openStore();
  const read = connection.read.bind(connection);
  let guardReads = 0;
  connection.read = (stores, issue) => {
    if (stores.join() === 'epochs,meta') guardReads += 1;
    return read(stores, issue);
  };
  const publishAndSettle = async () => {
    await backend.publish('a', 1);
    await backend.ack(String((await backend.dequeue('a', 0))?.eventId));
  };
  await publishAndSettle();
  await runtime.advance(61_000);
  const claim = deferred();
  void store.housekeeping.claims.during(claim.promise);
  for (let round = 0; round < 3; round += 1) await publishAndSettle();
  await runtime.advance(999);
  expect(guardReads).toBe(0);
  claim.resolve();
  await store.housekeeping.settled();
  await backend.stats('a');
  expect(guardReads).toBe(1);
});

test('a shutdown in the middle of a step ends the clean-up: no step and no timer follows', async () => {
  const { backend, runtime, store } = await openStore();
  await backend.publish('a', 1);
  const taken = await backend.dequeue('a', 0);
  expect(await backend.ack(String(taken?.eventId), taken?.lease)).toBe('ok');
  expect(await backend.dequeue('a', 0)).toBeNull();
  // The step begins, and records that the claim has ended, because it is a day old.
  await runtime.advance(86_400_000);
  expect(await backend.dequeue('a', 0)).toBeNull();
  await backend.shutdown();
  await store.housekeeping.settled();
  expect(runtime.pendingTimers).toBe(0);
});

test('when another context settled events of a shared segment, they are not counted without end', async () => {
  const opened = await openStore();
  const { backend, runtime, store } = opened;
  const other = opened.open();
  for (let round = 0; round < 3; round += 1) {
    await backend.publishMany(drafts('a', 2));
    for (const one of [backend, other.backend])
      await one.ack(String((await one.dequeue('a', 0))?.eventId));
  }
  expect(store.spentSegments.countedSegments).toBe(3);
  // The other context cleans up.
  expect(await other.backend.dequeue('a', 0)).toBeNull();
  await runtime.advance(250);
  await other.store.housekeeping.settled();
  expect(await opened.rows('segments')).toEqual([]);
  expect(await backend.dequeue('a', 0)).toBeNull();
  await runtime.advance(250);
  await store.housekeeping.settled();
  expect([store.spentSegments.countedSegments, other.store.spentSegments.countedSegments]).toEqual([
    0, 0,
  ]);
});

test('a context that has used ten thousand channels once keeps the state of only a few', async () => {
  const { backend, store } = await openStore();
  for (let channel = 0; channel < 10_000; channel += 1) store.claimers.use(`channel-${channel}`);
  expect(store.claimers.size).toBe(64);
  expect(store.claimers.get('channel-9999')).toBeDefined();
  for (let channel = 0; channel < 100; channel += 1)
    expect(await backend.dequeue(`used-${channel}`, 0)).toBeNull();
  expect([store.claimers.size, store.scans.count]).toEqual([64, 64]);
});

test('a context that has settled all of its events, and scans no more, has no timer', async () => {
  const { backend, runtime } = await openStore();
  await backend.publishMany(drafts('a', 2));
  const messages = await backend.dequeueMany('a', 2, 0);
  expect(runtime.pendingTimers).toBe(1);
  await Promise.all(messages.map(({ eventId, lease }) => backend.ack(eventId, lease)));
  await runtime.advance(1_000);
  expect(runtime.pendingTimers).toBe(0);
});

test('the state of a channel is kept while a decision of it is in progress, and dropped later', async () => {
  const { store } = await openStore();
  const others = (from: number) => {
    for (let channel = from; channel < from + 200; channel += 1)
      store.claimers.use(`channel-${channel}`);
  };
  const claimer = store.claimers.use('busy');
  const decision = deferred<string>();
  const decided = claimer.decide(1, () => decision.promise);
  others(0);
  expect(store.claimers.get('busy')).toBe(claimer);
  decision.resolve('decided');
  expect(await decided).toBe('decided');
  await nextTask();
  others(200);
  expect(store.claimers.get('busy')).toBeUndefined();
});

test('the state of channels that consumers wait for is kept, and dropped when the consumers have ended', async () => {
  const waitedFor = new Set<string>();
  const dropped: string[] = [];
  const claimers = new Claimers({
    open: () => ({ isBusy: false }) as Claimer,
    isWaitedFor: (queue) => waitedFor.has(queue),
    onDrop: (queue) => dropped.push(queue),
  });
  for (let channel = 0; channel < 500; channel += 1) {
    waitedFor.add(`waited-${channel}`);
    claimers.use(`waited-${channel}`);
  }
  for (let channel = 0; channel < 5_000; channel += 1) claimers.use(`channel-${channel}`);
  for (const queue of waitedFor) expect(claimers.get(queue)).toBeDefined();
  expect(claimers.size).toBeLessThanOrEqual(2 * 500 + 64);
  for (const queue of waitedFor) {
    waitedFor.delete(queue);
    claimers.trim();
  }
  expect(claimers.size).toBeLessThanOrEqual(64);
});
