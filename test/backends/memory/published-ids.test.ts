import { expect, test } from 'vitest';
import { PublishedIds } from '../../../src/backends/memory/published-ids.ts';

const event = (eventId: string, until: number) => ({
  ...{ eventId, channel: 'a', payload: 1, metadata: null, createdAt: 0, bytes: 1 },
  dedupe: { until, uniqueId: eventId },
});

test('PublishedIds: ids of ended windows are not kept', () => {
  const ids = new PublishedIds();
  for (let n = 0; n < 1_000; n += 1) ids.noteRepeat(event(`e${n}`, n + 10), n);
  expect(ids.size).toBe(10);
});

test('PublishedIds: an id is a repeat until its window ends', () => {
  const ids = new PublishedIds();
  const seen = [0, 9, 10, 19].map((now) => ids.noteRepeat(event('x', now + 10), now));
  expect(seen).toEqual([false, true, false, true]);
});
