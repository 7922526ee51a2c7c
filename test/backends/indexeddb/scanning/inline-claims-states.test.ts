// Covers src/backends/indexeddb/scanning/inline-claims.ts
import { expect, test } from 'vitest';
import {
  checkInlineClaim,
  liveInlineClaims,
} from '../../../../src/backends/indexeddb/scanning/inline-claims.ts';
import type { ClaimRow, EpochRow } from '../../../../src/backends/indexeddb/schema/schema.ts';

function epochOf(epoch: number, given: Partial<ClaimRow> = {}): EpochRow {
  const held = [{ seq: 1, at: 0, attempts: 1, expiresAt: 5, count: 1 }];
  const row = { v: 1, queue: 'a', epoch, generation: 0, owner: '', holdUntil: 0, maxAttempts: 9 };
  return { queue: 'a', epoch, claim: { ...row, held, ...given } } as EpochRow;
}

function live(epochs: readonly EpochRow[], endings: readonly object[], known?: EpochRow[]) {
  const rows = { epochs: { result: epochs }, endings: { result: endings } };
  const { ok, newer, malformed } = liveInlineClaims(rows as never, known);
  return [ok, newer, malformed].map((sorted) => sorted.map(({ epoch }) => epoch));
}

const endingOf = (epoch: number, v = 1) => ({ v, queue: 'a', epoch, generation: 1 });

test('an inline claim lives until its ending is stored, also one that an earlier scan has read', () => {
  const bare = { queue: 'a', epoch: 6 } as EpochRow;
  expect(live([epochOf(4), epochOf(5), bare], [endingOf(4)])).toEqual([[5], [], []]);
  expect(live([epochOf(5)], [endingOf(2)], [epochOf(2), epochOf(3)])).toEqual([[3, 5], [], []]);
});

test('an ending of a newer version leaves the claim open, but not to this version', () => {
  expect(live([epochOf(4)], [endingOf(4, 9)])).toEqual([[], [4], []]);
});

test('an ending of another program ends nothing', () => {
  expect(live([epochOf(4)], [{ ...endingOf(4), generation: 'x' }])).toEqual([[4], [], []]);
});

test('a claim of another queue or epoch than its row is malformed', () => {
  expect(checkInlineClaim(epochOf(4))).toBe('ok');
  expect(checkInlineClaim(epochOf(4, { v: 9 }))).toBe('newer');
  for (const given of [{ queue: 'b' }, { epoch: 5 }, { held: [] }])
    expect(checkInlineClaim(epochOf(4, given))).toBe('malformed');
  for (const claim of [null, 5, 'claim'])
    expect(checkInlineClaim({ queue: 'a', epoch: 4, claim } as unknown as EpochRow)).toBe(
      'malformed',
    );
});
