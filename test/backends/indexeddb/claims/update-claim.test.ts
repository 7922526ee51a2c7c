import { expect, test } from 'vitest';
import {
  type Change,
  type ClaimUpdate,
  isFinal,
  letsGo,
  updateClaim,
  updateClaimOnce,
} from '../../../../src/backends/indexeddb/claims/update-claim.ts';
import type {
  Write,
  WriteOptions,
} from '../../../../src/backends/indexeddb/database/transactions.ts';
import type { HeldEvent } from '../../../../src/backends/indexeddb/schema/held-spans.ts';
import {
  blockRowOf,
  endedRowOf,
  freedRowOf,
} from '../../../../src/backends/indexeddb/schema/key-rows.ts';
import { type ClaimRow, rankOf } from '../../../../src/backends/indexeddb/schema/schema.ts';
import type { Outcome } from '../../../../src/core/events/lifecycle.ts';
import { openStore } from '../open-store.ts';

const NOW = 9_000;
const error = { name: 'Error', message: 'no' };

const event: HeldEvent = { seq: 1, at: 0, attempts: 2, expiresAt: 5_000 };
const next: HeldEvent = { ...event, at: 1 };
const acked: Outcome = { state: 'acknowledged' };
const ready: Outcome = { state: 'ready', attempts: 2, availableAt: 0, lastError: null };
const dead: Outcome = {
  ...{ state: 'dead', attempts: 2, reason: 'rejected', note: 'bad', lastError: error },
  diedAt: NOW,
};

const claim: ClaimRow = {
  ...{ v: 1, queue: 'a', epoch: 4, generation: 0, owner: '', holdUntil: 0, maxAttempts: 9 },
  ...{ since: 7_000, held: [{ ...event, count: 2 }] },
};

/** A database with a segment of two events, whose decisions are recorded. */
async function openRecorded(isMade = true, payload: unknown = 'x') {
  const db = await openStore();
  await db.backend.publishMany([payload, 'y'].map((one) => ({ channel: 'a', payload: one })));
  const made: { writes: readonly Write[]; options: WriteOptions | undefined }[] = [];
  db.connection.decide = async (_, writes, options) => {
    made.push({ writes, options });
    return isMade;
  };
  const update = async (given: Partial<ClaimUpdate> & Pick<ClaimUpdate, 'changes'>) => {
    const stamp = await db.connection.stamp();
    const letters = await updateClaim(db.connection, {
      claim,
      stamp,
      held: [],
      now: NOW,
      ...given,
    });
    const { writes, options } = made.at(-1) as (typeof made)[number];
    // The guard is last, so that no engine commits the others where it is taken.
    const guard = { v: 1, queue: 'a', epoch: 4, generation: (given.claim ?? claim).generation + 1 };
    expect(writes.at(-1)).toEqual(['add', 'endings', guard]);
    return { letters, writes: writes.slice(0, -1), ending: options?.ending };
  };
  return { ...db, update };
}

const waiting = { v: 1, queue: 'a', seq: 1, at: 0, attempts: 2 };

test('a claim gets a row of its own with its first change, and loses it with its last event', async () => {
  const { update } = await openRecorded();
  const changes = [{ event, outcome: acked }];
  const first = await update({ changes, held: [next] });
  const held = [{ ...next, count: 1 }];
  expect(first.writes).toEqual([['put', 'claims', { ...claim, generation: 1, held }]]);
  expect((await update({ changes })).writes).toEqual([]);
  const changed = { ...claim, generation: 1 };
  expect((await update({ changes, claim: changed })).writes).toEqual([
    ['delete', 'claims', ['a', 4]],
  ]);
});

test('an event that is returned at once waits at the rank of its priority, as it was', async () => {
  const { update } = await openRecorded();
  const plain = await update({ changes: [{ event, outcome: ready }] });
  expect(plain.writes).toEqual([['put', 'returned', { ...waiting, dueAt: 0 }]]);
  const kept = { priority: -5, key: '', blocks: true, retentionMs: 7, availableAt: 0 } as const;
  const other = await update({
    changes: [{ event: { ...event, ...kept }, outcome: { ...ready, lastError: error } }],
  });
  expect(other.writes).toEqual([
    ['put', 'returned', { ...waiting, ...kept, dueAt: rankOf(-5), lastError: error }],
  ]);
});

test('an event that is delayed waits for its time, by the clock of the claim', async () => {
  const { update } = await openRecorded();
  const outcome: Outcome = { ...ready, state: 'scheduled', availableAt: 9_500 };
  const times = { dueAt: 9_500, availableAt: 9_500 };
  const { writes } = await update({ changes: [{ event, outcome }] });
  expect(writes).toEqual([['put', 'returned', { ...waiting, ...times, since: 7_000 }]]);
  const { since, ...old } = claim;
  const early = { ...outcome, availableAt: -5 };
  const foreign = await update({ claim: old, changes: [{ event, outcome: early }] });
  expect(foreign.writes).toEqual([['put', 'returned', { ...waiting, dueAt: 1, availableAt: -5 }]]);
});

test('an event with a key whose only delivery does not count is still known as delivered', async () => {
  const { update } = await openRecorded();
  const outcome: Outcome = { ...ready, attempts: 0 };
  const keyed = await update({ changes: [{ event: { ...event, key: 'k' }, outcome }] });
  expect(keyed.writes[0]?.[2]).toMatchObject({ isDelivered: true, attempts: 0, key: 'k' });
  for (const change of [
    { event, outcome },
    { event: { ...event, key: 'k' }, outcome: ready },
  ])
    expect(Object.keys(Object((await update({ changes: [change] })).writes[0]?.[2]))).not.toContain(
      'isDelivered',
    );
});

test('a dead letter has its own copy of the payload', async () => {
  const { update } = await openRecorded();
  const { letters, writes, ending } = await update({ changes: [{ event, outcome: dead }] });
  expect(letters).toMatchObject([{ payload: 'x', reason: 'rejected', note: 'bad', attempts: 2 }]);
  expect(writes).toEqual([['add', 'dead', { v: 1, queue: 'a', letter: letters?.[0] }]]);
  expect(ending).toBe('commit');
});

test('an event without a payload becomes no dead letter: it is due, and the next claim finds that', async () => {
  const { update } = await openRecorded();
  const lost = { ...event, seq: 99 };
  const { letters, writes } = await update({ changes: [{ event: lost, outcome: dead }] });
  expect(letters).toEqual([]);
  expect(writes).toEqual([
    ['put', 'returned', { ...waiting, seq: 99, dueAt: 0, lastError: error }],
  ]);
});

test('the payload row of an event that waited outside of the segments is deleted when it ends, and only then', async () => {
  const { update } = await openRecorded();
  const late = { ...event, seq: 1.5, at: 'late' };
  const ended = await update({ changes: [{ event: late, outcome: acked }] });
  expect(ended.writes).toEqual([['delete', 'late', 'late']]);
  const returned = await update({ changes: [{ event: late, outcome: ready }] });
  expect(returned.writes.map(([verb, store]) => [verb, store])).toEqual([['put', 'returned']]);
});

test('the keys of ended events are freed in one row, and one that blocks its key when it dies blocks it', async () => {
  const { update } = await openRecorded();
  const keyed = { ...event, key: 'k' };
  const blocking = { ...next, key: 'b', blocks: true } as const;
  const { writes } = await update({
    changes: [
      { event: keyed, outcome: acked },
      { event: blocking, outcome: dead },
      { event: { ...keyed, key: 'l' }, outcome: dead },
      { event: { ...keyed, key: 'm' }, outcome: ready },
    ],
  });
  const rows = writes.filter(([verb, store]) => verb === 'put' && store === 'returned');
  expect(rows.slice(1).map((write) => write[2])).toEqual([
    blockRowOf('a', 'b'),
    freedRowOf('a', '4.0', ['k', 'l']),
  ]);
  const released = await update({ changes: [{ event: blocking, outcome: acked }] });
  expect(released.writes).toEqual([['put', 'returned', freedRowOf('a', '4.0', ['b'])]]);
});

test('the result of an event with a retention is kept, and where others may wait for it, its end is listed', async () => {
  const { update, backend } = await openRecorded();
  const eventId = await backend.publish('a', 'z', null, { retentionMs: 50 });
  const kept = { ...event, seq: 2, retentionMs: 50 };
  const changes = [{ event: kept, outcome: { ...acked, reply: 7 } }];
  const { writes } = await update({ changes });
  expect(writes).toMatchObject([
    ['put', 'results', { eventId, until: NOW + 50, acknowledgedAt: NOW, event: { payload: 'z' } }],
  ]);
  expect(writes[0]?.[2]).toMatchObject({
    result: { reply: 7, attempts: 2, state: 'acknowledged' },
  });
  const awaited = await update({ changes, claim: { ...claim, isAwaited: true } });
  expect(awaited.writes[0]).toEqual(['put', 'returned', endedRowOf('a', '4.0', [eventId])]);
  const died = await update({ changes: [{ event: kept, outcome: dead }] });
  expect(died.writes.at(-1)?.[2]).toMatchObject({ eventId, until: NOW + 50, result: dead });
  const returned = await update({
    ...{ changes: [{ event: kept, outcome: ready }], claim: { ...claim, isAwaited: true } },
  });
  expect(returned.writes).toHaveLength(1);
});

test('a result without its event stays pending, since another program has deleted the payload', async () => {
  const { update } = await openRecorded();
  const lost = { ...event, seq: 99, retentionMs: 50 };
  const { writes } = await update({
    ...{ changes: [{ event: lost, outcome: acked }], claim: { ...claim, isAwaited: true } },
  });
  expect(writes).toEqual([]);
});

test.each([
  ['a large letter', 'x'.repeat(400_000), 'auto'],
  ['a letter with a Blob', { file: new Blob([]) }, 'auto'],
  ['a small letter', 'x'.repeat(1_000), 'commit'],
])('the change with %s ends in time', async (_, payload, ending) => {
  const { update } = await openRecorded(true, payload);
  expect((await update({ changes: [{ event, outcome: dead }] })).ending).toBe(ending);
  const kept = { ...event, retentionMs: 50 };
  expect((await update({ changes: [{ event: kept, outcome: acked }] })).ending).toBe(ending);
  // The payload of a plain event that is acknowledged is not written.
  expect((await update({ changes: [{ event, outcome: acked }] })).ending).toBe('commit');
});

test('where another context was first there are no letters, and a guard that no change explains is an error', async () => {
  const { update, connection, write } = await openRecorded(false);
  const changes = [{ event, outcome: dead }];
  expect((await update({ changes })).letters).toBe(null);
  const once = async () =>
    updateClaimOnce(connection, { claim, stamp: await connection.stamp(), changes, held: [] });
  expect(await once()).toBe(null);
  const guard = { v: 1, queue: 'a', epoch: 4, generation: 1 };
  await write('endings', { ...guard, generation: 2 });
  await write('claims', claim);
  expect(await once()).toBe(null);
  await write('endings', guard);
  await expect(once()).rejects.toMatchObject({ code: 'storage', channel: 'a' });
  await write('claims', { ...claim, generation: 1 });
  expect(await once()).toBe(null);
});

test.each<readonly [string, Change, boolean, boolean]>([
  ['acknowledged', { event, outcome: acked }, true, false],
  ['a dead letter', { event, outcome: dead }, true, false],
  ['ready', { event, outcome: ready }, false, false],
  ['acknowledged and kept', { event: { ...event, retentionMs: 1 }, outcome: acked }, true, true],
])('an event that is %s has ended, or lets others go, or neither', (_, change, hasEnded, lets) => {
  expect(isFinal(change)).toBe(hasEnded);
  expect(letsGo(change, true)).toBe(lets);
  expect(letsGo(change, undefined)).toBe(false);
  expect(letsGo({ ...change, event: { ...change.event, key: 'k' } }, undefined)).toBe(true);
});
