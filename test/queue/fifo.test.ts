import { expect, test } from 'vitest';
import { Fifo } from '../../src/queue/fifo.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';

test('fifo: over random operations and compactions it equals an array', () => {
  const runtime = new ManualRuntime({ seed: 7 });
  const fifo = new Fifo<number>();
  const array: number[] = [];
  for (let step = 0; step < 20_000; step += 1) {
    const isGrowing = step % 10_000 < 6_000;
    if (runtime.random() < (isGrowing ? 0.8 : 0.2)) {
      fifo.add(step);
      array.push(step);
    } else if (array.length > 0) {
      fifo.removeFirst();
      array.shift();
    }
    if (step % 97 === 0 && array.length > 5) {
      const wanted = array[Math.floor(runtime.random() * 5)];
      const found = fifo.find((item) => item === wanted);
      expect(found).toBe(wanted);
      expect(fifo.remove(found as number, Number)).toBe(true);
      expect(fifo.remove(found as number, Number)).toBe(false);
      expect(fifo.find((item) => item === wanted)).toBeUndefined();
      array.splice(array.indexOf(wanted as number), 1);
    }
    if (fifo.at(0) !== array[0] || fifo.size !== array.length)
      expect([step, fifo.at(0), fifo.size]).toEqual([step, array[0], array.length]);
    const index = Math.floor(runtime.random() * (array.length + 1));
    if (fifo.at(index) !== array[index]) expect([step, index]).toEqual([]);
  }
  expect(array.length).toBeGreaterThan(0);
});

test('fifo: before and after use an empty one has no first item and the size 0', () => {
  const fifo = new Fifo<string>();
  expect([fifo.at(0), fifo.size]).toEqual([undefined, 0]);
  fifo.add('a');
  fifo.removeFirst();
  expect([fifo.at(0), fifo.size]).toEqual([undefined, 0]);
});
