import { expect, test, vi } from 'vitest';
import { markIdle, nextEpoch } from '../../../../src/backends/indexeddb/claims/next-epoch.ts';
import type { Connection } from '../../../../src/backends/indexeddb/database/connection.ts';
import type { QueueSnapshot } from '../../../../src/backends/indexeddb/scanning/queue-snapshot.ts';
import type { ClaimRow, EpochRow } from '../../../../src/backends/indexeddb/schema/schema.ts';

const MARKED_EVERY_MS = 60_000;
const NOW = 1_000_000;

const newest: EpochRow = {
  ...{ v: 1, queue: 'a', epoch: 9, cursor: { seq: 4, at: 1 }, sparedSeq: 2, cancelledSeq: 4 },
  ...{ spentEpoch: 5, spentAt: NOW, isAwaited: true },
};
const claim = { epoch: 9 } as ClaimRow;

interface Given {
  readonly row?: Partial<EpochRow>;
  readonly openEpochs?: readonly number[];
}

function snapshotOf({ row, openEpochs = [] }: Given): QueueSnapshot {
  const known = { newest: { ...newest, ...row }, openEpochs, lowWater: { inlineEpoch: 7 } };
  return { ...known, stamp: { at: NOW } } as unknown as QueueSnapshot;
}

test('the next decision has the next number, no claim, and what the newest row knows of the queue', () => {
  const next = nextEpoch(snapshotOf({ row: { claim } }), NOW);
  expect(next).toEqual({ ...newest, epoch: 10, claim: undefined, youngEpoch: 7 });
});

test.each([
  [[6, 8], 5],
  [[8, 6], 5],
  [[], 9],
  [[12], 9],
])(
  'once a minute it records that all claims before the open ones %j have ended: up to %i',
  (openEpochs, spentEpoch) => {
    const now = NOW + MARKED_EVERY_MS;
    const next = nextEpoch(snapshotOf({ openEpochs }), now);
    expect(next).toMatchObject({ spentEpoch, spentAt: now });
    expect(nextEpoch(snapshotOf({ openEpochs }), now - 1)).toMatchObject({
      spentEpoch: 5,
      spentAt: NOW,
    });
  },
);

test('a clock that is set back by a minute does not stop the record', () => {
  const back = NOW - MARKED_EVERY_MS;
  expect(nextEpoch(snapshotOf({}), back)).toMatchObject({ spentEpoch: 9, spentAt: back });
});

test('no decision follows in the queue of a deleted group', () => {
  const ended = snapshotOf({ row: { queue: 'a@g@1', isEnded: true } });
  expect(() => nextEpoch(ended, NOW)).toThrow(expect.objectContaining({ code: 'no-group' }));
});

async function marked(given: Given, isFirst = true) {
  const decide = vi.fn(
    async (_: unknown, writes: readonly unknown[]) => isFirst && writes.length > 0,
  );
  const row = await markIdle({ decide } as unknown as Connection, snapshotOf(given), NOW);
  const writes = decide.mock.calls.map(([, given]) => given);
  if (isFirst && writes.length > 0) expect(writes).toEqual([[['add', 'epochs', row]]]);
  return { row, decisions: writes.length };
}

const LONG_AGO = { spentAt: NOW - MARKED_EVERY_MS };

test('an idle queue whose claims have ended is marked by one epoch', async () => {
  const { row, decisions } = await marked({ row: { ...LONG_AGO, claim } });
  expect(decisions).toBe(1);
  expect(row).toMatchObject({ epoch: 10, spentEpoch: 9, spentAt: NOW, claim: undefined });
});

test('where another context has decided first, the row that was read stays the newest known one', async () => {
  const { row, decisions } = await marked({ row: LONG_AGO }, false);
  expect([row.epoch, row.spentEpoch, decisions]).toEqual([9, 5, 1]);
});

test.each<readonly [string, Given]>([
  ['was marked less than a minute ago', { row: { claim } }],
  ['has an open claim that is the first since the mark', { row: LONG_AGO, openEpochs: [6, 9] }],
  ['has had no claim since the mark', { row: { ...LONG_AGO, spentEpoch: 8 } }],
  ['is the queue of a deleted group', { row: { ...LONG_AGO, claim, isEnded: true } }],
])('an idle queue that %s is not marked', async (_, given) => {
  const { row, decisions } = await marked(given);
  expect([row.epoch, decisions]).toEqual([9, 0]);
});

test('an idle queue is marked where the newest row has the only claim since the mark, and that has ended', async () => {
  const { decisions } = await marked({ row: { ...LONG_AGO, spentEpoch: 8, claim } });
  expect(decisions).toBe(1);
});
