import { expect, test } from 'vitest';
import { FirstPlaced, type Placed } from '../../../src/backends/memory/first-placed.ts';
import { comparePlaces } from '../../../src/queue/browse-cursor.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';

test('first placed: it equals the first ones of all, sorted, in whatever order they are added', () => {
  const runtime = new ManualRuntime({ seed: 3 });
  for (const count of [1, 2, 7, 100]) {
    const all = Array.from({ length: 500 }, (_, order) => {
      const place = [order % 2, Math.floor(runtime.random() * 20), order, 0] as const;
      return { place } as unknown as Placed;
    }).sort(() => runtime.random() - 0.5);
    const first = new FirstPlaced(count);
    for (const placed of all) first.add(placed);
    const sorted = all.toSorted((a, b) => comparePlaces(a.place, b.place));
    expect(first.sorted()).toEqual(sorted.slice(0, count));
  }
});

test('first placed: fewer than asked for are all of them', () => {
  expect(new FirstPlaced(3).sorted()).toEqual([]);
});
