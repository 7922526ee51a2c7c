import { expect, test } from 'vitest';
import { nextTurn, shareClaim, type Turn } from '../../src/queue/share-claim.ts';

test('shareClaim: takes all that there is room for, and half of each line where there is not', () => {
  const turns: readonly Turn[] = ['placed', 'retries'];
  for (let limit = 1; limit <= 9; limit += 1)
    for (let placed = 0; placed <= 12; placed += 1)
      for (let retries = 0; retries <= 12; retries += 1)
        for (const turn of turns) {
          const share = shareClaim(limit, { placed, retries }, turn);
          expect(share.placed + share.retries).toBe(Math.min(limit, placed + retries));
          const half = Math.floor(limit / 2);
          expect(share.placed).toBeGreaterThanOrEqual(Math.min(placed, half));
          expect(share.retries).toBeGreaterThanOrEqual(Math.min(retries, half));
        }
});

test('nextTurn: of claims of one event each line gets every second, where both wait', () => {
  let turn: Turn = 'placed';
  let [placed, retries] = [100, 100];
  const taken: string[] = [];
  for (let round = 0; round < 6; round += 1) {
    const share = shareClaim(1, { placed, retries }, turn);
    turn = nextTurn(1, { placed, retries }, turn);
    placed -= share.placed;
    retries -= share.retries;
    taken.push(share.placed > 0 ? 'placed' : 'retries');
  }
  expect(taken).toEqual(['placed', 'retries', 'placed', 'retries', 'placed', 'retries']);
});
