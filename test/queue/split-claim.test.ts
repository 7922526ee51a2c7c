import { expect, test } from 'vitest';
import { agedPlaces, type DueKind, nextFavored, splitClaim } from '../../src/queue/split-claim.ts';

test('splitClaim: with room for all it takes all, and otherwise half of each kind', () => {
  const kinds: readonly DueKind[] = ['placed', 'retries'];
  for (let limit = 1; limit <= 9; limit += 1)
    for (let placed = 0; placed <= 12; placed += 1)
      for (let retries = 0; retries <= 12; retries += 1)
        for (const favored of kinds) {
          const taken = splitClaim(limit, { placed, retries }, favored);
          expect(taken.placed + taken.retries).toBe(Math.min(limit, placed + retries));
          const half = Math.floor(limit / 2);
          expect(taken.placed).toBeGreaterThanOrEqual(Math.min(placed, half));
          expect(taken.retries).toBeGreaterThanOrEqual(Math.min(retries, half));
        }
});

test('nextFavored: while events of both kinds wait, claims of one event alternate between the kinds', () => {
  let favored: DueKind = 'placed';
  let [placed, retries] = [100, 100];
  const taken: string[] = [];
  for (let round = 0; round < 6; round += 1) {
    const split = splitClaim(1, { placed, retries }, favored);
    favored = nextFavored(1, { placed, retries }, favored);
    placed -= split.placed;
    retries -= split.retries;
    taken.push(split.placed > 0 ? 'placed' : 'retries');
  }
  expect(taken).toEqual(['placed', 'retries', 'placed', 'retries', 'placed', 'retries']);
});

test('agedPlaces: over claims of any size one of every four places goes to the oldest event', () => {
  for (const limits of [[1], [2, 3], [4], [7, 1, 1], [100]]) {
    let [sinceAged, all, aged] = [0, 0, 0];
    for (let claim = 0; claim < 40; claim += 1) {
      const limit = limits[claim % limits.length] as number;
      const next = agedPlaces(limit, sinceAged);
      all += limit;
      aged += next.places;
      sinceAged = next.sinceAged;
      expect(aged).toBe(Math.floor(all / 4));
    }
  }
});
