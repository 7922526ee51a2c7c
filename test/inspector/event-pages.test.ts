// Covers src/inspector/event-pages.ts, src/inspector/known-events.ts, src/inspector/grid-scroll.ts
import { expect, test } from 'vitest';
import type { BrowsedEvent } from '../../src/core/protocols/browsed-page.ts';
import { EventPages } from '../../src/inspector/event-pages.ts';
import { gridHeight, reachedRow, scrollTopOf } from '../../src/inspector/grid-scroll.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { nextTask } from '../support/next-task.ts';

interface Read {
  readonly limit: number;
  readonly from: number;
}

/** Pages over `total` events, which are named by their index. */
function pagesOf(total: { count: number }, skip = 5_000) {
  const reads: Read[] = [];
  const faults: unknown[] = [];
  let fault: unknown;
  const pages = new EventPages({
    skip,
    runtime: new ManualRuntime(),
    onChange: () => undefined,
    onFault: (error) => faults.push(error),
    read: async (limit, after) => {
      const from = Number(after ?? 0);
      reads.push({ limit, from });
      if (fault !== undefined) throw fault;
      const end = Math.min(total.count, from + limit);
      const events = Array.from({ length: end - from }, (_, at) => ({
        eventId: String(from + at),
      })) as unknown as BrowsedEvent[];
      return end < total.count ? { events, after: String(end) } : { events };
    },
  });
  const fail = (error: unknown) => {
    fault = error;
  };
  return { pages, reads, faults, fail };
}

const idAt = (pages: EventPages, index: number) => pages.at(index)?.eventId;

test('event pages: the first page is read once, and its end is the number of events', async () => {
  const { pages, reads } = pagesOf({ count: 30 });
  pages.want(0, 10);
  pages.want(0, 20);
  await nextTask();
  expect(reads).toEqual([{ limit: 100, from: 0 }]);
  expect([pages.total, idAt(pages, 29), idAt(pages, 30)]).toEqual([30, '29', undefined]);
});

test('event pages: a distant place is reached over large pages, and its neighbours cost no more reads', async () => {
  const { pages, reads } = pagesOf({ count: 1_000_000 });
  pages.count(1_000_000);
  pages.want(0, 20);
  await nextTask();
  reads.length = 0;
  pages.want(20_040, 20_080);
  for (let turn = 0; turn < 10; turn += 1) await nextTask();
  expect(reads.map(({ limit }) => limit)).toEqual([5_000, 5_000, 5_000, 4_900, 100]);
  expect(idAt(pages, 20_040)).toBe('20040');
  pages.want(20_000, 20_030);
  await nextTask();
  expect(reads).toHaveLength(5);
});

test('event pages: of many places that are wanted one after the other, only the last one is read', async () => {
  const { pages, reads } = pagesOf({ count: 100_000 }, 100_000);
  pages.count(100_000);
  for (let at = 0; at < 90_000; at += 1_000) pages.want(at, at + 20);
  for (let turn = 0; turn < 5; turn += 1) await nextTask();
  expect(idAt(pages, 89_000)).toBe('89000');
  expect(reads.length).toBeLessThanOrEqual(4);
});

test('event pages: a refresh keeps the old events until the new ones are read, and then forgets the rest', async () => {
  const total = { count: 1_000 };
  const { pages } = pagesOf(total);
  pages.count(1_000);
  pages.want(500, 520);
  for (let turn = 0; turn < 3; turn += 1) await nextTask();
  expect(idAt(pages, 500)).toBe('500');
  total.count = 7;
  pages.want(0, 20);
  pages.refresh();
  expect(idAt(pages, 500)).toBe('500');
  await nextTask();
  expect([pages.total, idAt(pages, 500), idAt(pages, 6)]).toEqual([7, undefined, '6']);
});

test('event pages: a read that fails is reported, and repeated when it is wanted again', async () => {
  const { pages, faults, fail } = pagesOf({ count: 3 });
  fail('broken');
  pages.want(0, 10);
  await nextTask();
  expect(faults).toEqual(['broken']);
  fail(undefined);
  pages.want(0, 10);
  await nextTask();
  expect(idAt(pages, 2)).toBe('2');
});

test('event pages: nothing is read after the end', async () => {
  const { pages, reads } = pagesOf({ count: 1_000_000 });
  pages.count(1_000_000);
  pages.want(900_000, 900_010);
  pages.end();
  for (let turn = 0; turn < 3; turn += 1) await nextTask();
  expect(reads).toHaveLength(1);
});

test('grid scroll: a million rows fit into a height that browsers draw, and both ends can be reached', () => {
  const place = { viewPx: 320, px: 32, total: 1_000_000 };
  const height = gridHeight(place.total, place.px);
  expect(height).toBeLessThan(17_000_000);
  expect(reachedRow({ ...place, top: 0 })).toBe(0);
  expect(reachedRow({ ...place, top: height - 320 })).toBeCloseTo(999_990, 6);
  expect(reachedRow({ ...place, top: scrollTopOf(500_000, { ...place, top: 0 }) })).toBeCloseTo(
    500_000,
    6,
  );
});

test('grid scroll: a short grid is scrolled pixel by pixel', () => {
  const place = { viewPx: 320, px: 32, total: 20 };
  expect(gridHeight(20, 32)).toBe(640);
  expect(reachedRow({ ...place, top: 48 })).toBe(1.5);
  expect(scrollTopOf(3, { ...place, top: 0 })).toBe(96);
});
