import { expect, test } from 'vitest';
import { type DueEvent, DueLevel } from '../../src/queue/due-level.ts';

type Place = 'fresh' | 'returned' | 'retries';

/** A level with events whose places in commit order are these. */
function levelOf(orders: Partial<Record<Place, readonly number[]>>): DueLevel<DueEvent> {
  const level = new DueLevel<DueEvent>(0);
  for (const place of ['fresh', 'returned', 'retries'] as const)
    for (const order of orders[place] ?? [])
      level[place].add({ event: {}, order, heapIndex: 0 } as DueEvent);
  return level;
}

const ordersOf = (events: readonly DueEvent[]) => events.map(({ order }) => order);

test('takeNext: without retries the fresh and the returned events come in commit order', () => {
  const level = levelOf({ fresh: [2, 4, 6], returned: [5, 1, 3] });
  expect(ordersOf(level.takeNext(4))).toEqual([1, 2, 3, 4]);
  expect(level.size).toBe(2);
  expect(ordersOf(level.takeNext(9))).toEqual([5, 6]);
  expect([ordersOf(level.takeNext(9)), level.size]).toEqual([[], 0]);
});

test('takeNext: half of a claim are the oldest retries, and all of it is in commit order', () => {
  const level = levelOf({ fresh: [3, 5, 7], returned: [6], retries: [8, 1, 4] });
  expect(ordersOf(level.takeNext(4))).toEqual([1, 3, 4, 5]);
  expect(ordersOf(level.takeNext(9))).toEqual([6, 7, 8]);
});

test('takeNext: claims of one event alternate between both kinds, and begin with an event that never failed', () => {
  const level = levelOf({ fresh: [5, 6], returned: [4], retries: [1, 2, 3] });
  const taken = Array.from({ length: 6 }, () => ordersOf(level.takeNext(1)));
  expect(taken.flat()).toEqual([4, 1, 5, 2, 6, 3]);
});

test('takeNext: what one kind leaves goes to the other', () => {
  expect(ordersOf(levelOf({ fresh: [9], retries: [1, 2, 3] }).takeNext(3))).toEqual([1, 2, 9]);
  expect(ordersOf(levelOf({ returned: [7, 8, 9], retries: [1] }).takeNext(3))).toEqual([1, 7, 8]);
  expect(ordersOf(levelOf({ retries: [2, 1] }).takeNext(1))).toEqual([1]);
});

test('takeOldest: takes the oldest event of all, wherever it is', () => {
  const level = levelOf({ fresh: [1, 6], returned: [5, 2], retries: [4, 3] });
  const taken = Array.from({ length: 6 }, () => [level.oldestOrder, level.takeOldest().order]);
  expect(taken).toEqual([1, 2, 3, 4, 5, 6].map((order) => [order, order]));
  expect([level.oldestOrder, level.size]).toEqual([Number.POSITIVE_INFINITY, 0]);
});

test('size, oldestOrder and places count each place', () => {
  for (const place of ['fresh', 'returned', 'retries'] as const) {
    const level = levelOf({ [place]: [7, 8] });
    expect([level.size, level.oldestOrder]).toEqual([2, 7]);
    expect(level.places.flatMap((one) => ordersOf([...one])).sort()).toEqual([7, 8]);
  }
});
