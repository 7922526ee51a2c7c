import { expect, test } from 'vitest';
import { type DrainPage, drainStore } from './drain-store.ts';

const PART_MS = 20_000;

/** Drains in parts that leave these numbers of events, the last one again and again. Each part takes its whole time. */
function drained(lefts: readonly number[], stock: number) {
  let [parts, time] = [0, 0];
  const page: DrainPage = {
    drainFor: async (ms) => {
      parts += 1;
      time += ms;
      return lefts[Math.min(parts, lefts.length) - 1]!;
    },
    takeStock: async () => stock,
  };
  const left = drainStore({ open: async () => page, onProgress: () => undefined, now: () => time });
  return left.then((events) => ({ events, parts }));
}

test('a drain goes on for as long as events become fewer, however slow it is', async () => {
  const slow = Array.from({ length: 100 }, (_, index) => 99 - index);
  expect(await drained(slow, 0)).toEqual({ events: 0, parts: 100 });
});

test('a drain in which events do not become fewer ends with what the store has', async () => {
  expect(await drained([7, 5], 5)).toEqual({ events: 5, parts: 2 + 60_000 / PART_MS });
});

test('a page that does not answer is opened again, in a browser that is started again', async () => {
  const openings: boolean[] = [];
  const silent: DrainPage = {
    drainFor: () => Promise.reject(new Error('the browser did not answer')),
    takeStock: async () => 0,
  };
  const pages = [silent, { ...silent, drainFor: async () => 0, takeStock: async () => 3 }];
  const open = async (isAgain: boolean) => {
    openings.push(isAgain);
    return pages.shift()!;
  };
  expect(await drainStore({ open, onProgress: () => undefined })).toBe(3);
  expect(openings).toEqual([false, true]);
});

test('a store that no page can read ends the drain with the reason', async () => {
  const lines: string[] = [];
  const open = async () => {
    throw new Error('no answer\nCall log:');
  };
  const reading = drainStore({ open, onProgress: (line) => lines.push(line) });
  await expect(reading).rejects.toThrow('no answer');
  expect(lines.at(-1)).toBe('drain 3 failed: Error: no answer');
});
