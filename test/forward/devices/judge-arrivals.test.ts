// Covers src/forward/*.ts
import { expect, test } from 'vitest';
import { judgeArrivals } from './judge-arrivals.ts';

const arrival = (line: string, place: number) => ({ id: `${line}-${place}`, line, place });
const ids = (...places: readonly number[]) => new Set(places.map((place) => `a-${place}`));
const judge = (acknowledged: ReadonlySet<string>, arrivals: Parameters<typeof judgeArrivals>[2]) =>
  judgeArrivals(new Set(['a']), acknowledged, arrivals);

test('the judge of arrivals finds what is lost, doubled, invented and out of order, and nothing else', () => {
  const [zero, one, two] = [arrival('a', 0), arrival('a', 1), arrival('a', 2)];
  const fine = { lost: [], doubled: [], invented: [], disordered: [] };
  expect(judge(ids(0, 1), [zero, one, two])).toEqual(fine);
  expect(judge(ids(0, 1), [zero])).toEqual({ ...fine, lost: ['a-1'] });
  expect(judge(ids(0, 1), [zero, one, one])).toEqual({ ...fine, doubled: ['a-1'] });
  expect(judge(ids(0), [zero, two, one])).toEqual({ ...fine, disordered: ['a-1'] });
  const others = [arrival('b', 0), { ...one, id: 'a-7' }];
  expect(judge(ids(0), [zero, ...others])).toEqual({ ...fine, invented: ['b-0', 'a-7'] });
});
