import { expect, test } from 'vitest';
import {
  claimTableOf,
  lowWaterOf,
  ofQueue,
  ofQueueFrom,
  readClaim,
  readNewest,
  storedLowWater,
  storedNewest,
} from '../../../../src/backends/indexeddb/scanning/claim-table.ts';
import type { ClaimRow, EpochRow } from '../../../../src/backends/indexeddb/schema/schema.ts';
import { openStore } from '../open-store.ts';

const held = [{ seq: 1, at: 0, attempts: 1, expiresAt: 5, count: 1 }];

function claimOf(epoch: number, given: Partial<ClaimRow> = {}): ClaimRow {
  const row = { v: 1, queue: 'a', epoch, generation: 0, owner: '', holdUntil: 0, maxAttempts: 9 };
  return { ...row, held, ...given };
}

function epochOf(epoch: number, given: Partial<EpochRow> = {}): EpochRow {
  const row = { v: 1, queue: 'a', epoch, cursor: { seq: epoch, at: 0 }, sparedSeq: 0 };
  return { ...row, spentEpoch: 0, spentAt: 0, ...given };
}

const withClaim = (epoch: number) => epochOf(epoch, { claim: claimOf(epoch) });

interface Given {
  readonly epochs?: readonly EpochRow[];
  readonly endings?: readonly unknown[];
  readonly claims?: readonly unknown[];
  readonly inlineRows?: readonly EpochRow[];
}

function tableOf({ epochs = [], endings = [], claims = [], inlineRows = [] }: Given) {
  const found = { epochs: { result: epochs }, endings: { result: endings } };
  const from = { ...lowWaterOf(epochOf(0)), epoch: 2, inlineRows };
  return claimTableOf('a', { ...found, claims: { result: claims } } as never, from);
}

const ended = (epoch: number) => ({ v: 1, queue: 'a', epoch, generation: 1 });

test('a claim is open until its ending is stored, and then counts where it has a row of its own', () => {
  const { claims, openEpochs } = tableOf({
    epochs: [withClaim(3), withClaim(4), withClaim(5)],
    endings: [ended(3), ended(4)],
    claims: [claimOf(4, { generation: 1 })],
  });
  expect(claims.map(({ epoch, generation }) => [epoch, generation])).toEqual([
    [4, 1],
    [5, 0],
  ]);
  expect(openEpochs).toEqual([4, 5]);
});

test('the next scan begins at the first claims that are still open, and keeps their rows', () => {
  const rows = [withClaim(6), epochOf(7), withClaim(8)];
  const known = withClaim(4);
  const { lowWater } = tableOf({ epochs: rows, inlineRows: [known], claims: [claimOf(3)] });
  expect(lowWater).toEqual({
    ...{ cursor: { seq: 8, at: 0 }, epoch: 3, inlineEpoch: 4, knownEpoch: 8 },
    inlineRows: [known, rows[0]],
  });
});

test('without an open claim the next scan begins after the newest epoch', () => {
  const { lowWater, claims } = tableOf({ epochs: [withClaim(6), epochOf(7)], endings: [ended(6)] });
  expect(claims).toEqual([]);
  expect(lowWater).toMatchObject({ epoch: 8, inlineEpoch: 7, inlineRows: [], knownEpoch: 7 });
});

test('malformed claims go to quarantine, those beyond the newest epoch too, and the next scan finds them again', () => {
  const broken = { ...epochOf(5), claim: claimOf(4) };
  const rows = [{ ...claimOf(4), held: [] }, claimOf(7)];
  const { unusable, claims, lowWater } = tableOf({ epochs: [broken, epochOf(6)], claims: rows });
  expect(claims).toEqual([]);
  expect(unusable).toEqual([
    { store: 'claims', key: ['a', 4], reason: 'malformed', row: rows[0] },
    { store: 'claims', key: ['a', 7], reason: 'malformed', row: rows[1] },
    { store: 'epochs', key: ['a', 5], reason: 'malformed', row: broken.claim },
  ]);
  expect(lowWater).toMatchObject({ epoch: 2, inlineEpoch: 5, inlineRows: [broken] });
});

test('claims that only a newer version can read stay open', () => {
  const newer = { ...epochOf(5), claim: claimOf(5, { v: 9 }) };
  const { claims, openEpochs, unusable } = tableOf({
    epochs: [newer, epochOf(6)],
    claims: [claimOf(4, { v: 9 })],
  });
  expect([claims, openEpochs, unusable]).toEqual([[], [4, 5], []]);
});

test('the newest epoch alone gives the bounds of a first scan', () => {
  const row = epochOf(9, { spentEpoch: 3 });
  const bounds = { cursor: row.cursor, epoch: 3, inlineRows: [] };
  expect(lowWaterOf(row)).toEqual({ ...bounds, inlineEpoch: 9, knownEpoch: 9 });
  const young = lowWaterOf({ ...row, youngEpoch: 5 });
  expect(young).toEqual({ ...bounds, inlineEpoch: 5, knownEpoch: 5 });
});

test('the rows of a queue are in its range, also from one on, and those of similar names are not', () => {
  expect(ofQueue('a').includes(['a', -1])).toBe(true);
  expect(ofQueue('a').includes(['a', 'text', 5])).toBe(true);
  expect(ofQueueFrom('a', 5).includes(['a', 5])).toBe(true);
  expect(ofQueueFrom('a', 5).includes(['a', 4])).toBe(false);
  for (const queue of ['A', 'a@', 'ab', 'b'])
    for (const range of [ofQueue('a'), ofQueueFrom('a', 1)])
      expect(range.includes([queue, 7])).toBe(false);
});

test('the newest epoch of a queue is its own, and a queue without a claim has one that is not stored', async () => {
  const { connection, write } = await openStore();
  const others = [epochOf(3, { queue: 'A' }), epochOf(5, { queue: 'b' })];
  await write('epochs', epochOf(1), epochOf(2), ...others);
  expect(await readNewest(connection, 'a')).toEqual(epochOf(2));
  expect(await readNewest(connection, 'never')).toBe(undefined);
  const never = epochOf(0, { queue: 'never' });
  expect(await storedNewest(connection, 'never')).toEqual(never);
  expect(await storedLowWater(connection, 'never')).toEqual(lowWaterOf(never));
});

test.each([
  ['newer-schema', { v: 9 }],
  ['storage', { cursor: 5 } as unknown as Partial<EpochRow>],
])('a newest epoch that cannot be used refuses the queue with %s', async (code, change) => {
  const { connection, write } = await openStore();
  await write('epochs', epochOf(3, change));
  await expect(storedNewest(connection, 'a')).rejects.toMatchObject({ code, channel: 'a' });
});

test('one claim is read with its endings, and no other claim', async () => {
  const { connection, write } = await openStore();
  await write('epochs', withClaim(3), withClaim(4), withClaim(5));
  await write('endings', ended(3), ended(4), { ...ended(4), generation: 2 });
  await write('claims', claimOf(4, { generation: 2 }));
  const read = (epoch: number) => readClaim(connection, { queue: 'a', epoch });
  expect(await read(3)).toEqual({ row: undefined, endings: [ended(3)] });
  expect(await read(4)).toEqual({
    row: claimOf(4, { generation: 2 }),
    endings: [ended(4), { ...ended(4), generation: 2 }],
  });
  expect(await read(5)).toEqual({ row: claimOf(5), endings: [] });
});
