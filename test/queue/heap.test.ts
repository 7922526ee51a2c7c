import { expect, test } from 'vitest';
import { Heap, type HeapItem } from '../../src/queue/heap.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';

interface Item extends HeapItem {
  readonly key: number;
  readonly name: number;
}

const keyOf = ({ key, name }: Item) => key + name / 10_000;
const compare = (a: Item, b: Item) => keyOf(a) - keyOf(b);

for (const seed of [1, 2, 3, 4, 5])
  test(`heap: over random operations it equals a sorted array (seed ${seed})`, () => {
    const runtime = new ManualRuntime({ seed });
    const chance = (below: number) => Math.floor(runtime.random() * below);
    const heap = new Heap<Item>(keyOf);
    let sorted: Item[] = [];
    for (let step = 0; step < 3_000; step += 1) {
      const isGrowing = step % 1_000 < 600;
      if (chance(10) < (isGrowing ? 6 : 3)) {
        const item = { key: chance(50), name: step, heapIndex: 0 };
        heap.add(item);
        sorted = [...sorted, item].sort(compare);
      } else {
        const item = chance(2) === 0 ? heap.first() : sorted[chance(sorted.length)];
        if (item) heap.remove(item);
        sorted = sorted.filter((other) => other !== item);
      }
      expect(heap.first()).toBe(sorted[0]);
      expect(heap.size).toBe(sorted.length);
    }
  });

test('heap: all items are taken out in order', () => {
  const runtime = new ManualRuntime({ seed: 9 });
  const heap = new Heap<Item>(keyOf);
  const items = Array.from({ length: 500 }, (_, name) => ({
    key: Math.floor(runtime.random() * 100),
    name,
    heapIndex: 0,
  }));
  for (const item of items) heap.add(item);
  const taken: Item[] = [];
  for (let first = heap.takeUpTo(100); first; first = heap.takeUpTo(100)) taken.push(first);
  expect(taken).toEqual(items.toSorted(compare));
});

test('heap: after an item was removed, it can be added again', () => {
  const heap = new Heap<Item>(keyOf);
  const items = [3, 1, 2].map((key) => ({ key, name: key, heapIndex: 0 }));
  for (const item of items) heap.add(item);
  const [three] = items as [Item, ...Item[]];
  heap.remove(three);
  heap.add(three);
  expect([heap.size, heap.first()?.key]).toEqual([3, 1]);
});

test('heap: takeUpTo returns an item up to the key, and firstKey is the next key', () => {
  const heap = new Heap<Item>(({ key }) => key);
  expect([heap.firstKey, heap.takeUpTo(9)]).toEqual([Number.POSITIVE_INFINITY, undefined]);
  for (const key of [3, 1]) heap.add({ key, name: key, heapIndex: 0 });
  expect(heap.takeUpTo(1)).toMatchObject({ key: 1 });
  expect([heap.takeUpTo(2), heap.firstKey, heap.size]).toEqual([undefined, 3, 1]);
});
