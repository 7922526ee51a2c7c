import { expect, test } from 'vitest';
import { rewriteLongHeld } from '../../../../src/backends/indexeddb/claims/rewrite-long-held.ts';
import type { Connection } from '../../../../src/backends/indexeddb/database/connection.ts';
import type { Write } from '../../../../src/backends/indexeddb/database/transactions.ts';
import type { QueueSnapshot } from '../../../../src/backends/indexeddb/scanning/queue-snapshot.ts';

const HELD = [{ seq: 1, at: 0, attempts: 1, expiresAt: 9, count: 1 }];

/** The epochs of the claims that get a row of their own. `claims`: the epoch and the generation of each. */
async function rewritten(newest: number, ...claims: readonly [number, number][]) {
  const epochs: unknown[] = [];
  const decide = async (_: unknown, writes: readonly Write[]) => {
    for (const [verb, store, row] of writes)
      if (verb === 'put' && store === 'claims') epochs.push((row as { epoch: number }).epoch);
    return true;
  };
  const rows = claims.map(([epoch, generation]) => ({
    ...{ v: 1, queue: 'a', owner: '', holdUntil: 9, since: 0, maxAttempts: 3 },
    ...{ epoch, generation, held: HELD },
  }));
  await rewriteLongHeld(
    { decide } as unknown as Connection,
    { claims: rows, newest: { epoch: newest }, stamp: {} } as unknown as QueueSnapshot,
  );
  return epochs;
}

test('a claim gets a row of its own once 256 newer ones were made', async () => {
  expect(await rewritten(300, [44, 0], [45, 0], [300, 0])).toEqual([44]);
  expect(await rewritten(299, [44, 0])).toEqual([]);
});

test('a claim that was changed before has such a row already', async () => {
  expect(await rewritten(300, [43, 1], [44, 2])).toEqual([]);
});
