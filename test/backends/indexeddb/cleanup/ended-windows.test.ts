import { expect, test } from 'vitest';
import { openStore } from '../open-store.ts';

test('ids whose windows have ended are deleted in steps, and no others', async () => {
  const { backend, rows, runtime, store, write } = await openStore();
  const now = runtime.now();
  const ended = Array.from({ length: 1_200 }, (_, index) => {
    const id = String(index);
    return { v: 1, until: now + index, id, published: [['a', id]] };
  });
  await write('published', ...ended, { v: 1, until: now + 600_000, id: 'z', published: [] });
  await backend.publish('a', 1, null, { id: 'new', dedupeWindowMs: 600_000 });
  expect(await rows('published')).toHaveLength(1_202);
  await runtime.advance(60_000);
  await store.housekeeping.settled();
  const left = (await rows('published')) as { until: number }[];
  expect(left.map(({ until }) => until - now)).toEqual([600_000, 600_000]);
});

test('a context that publishes no ids never reads them', async () => {
  const { backend, runtime } = await openStore();
  await backend.publish('a', 1);
  await runtime.advance(0);
  expect(runtime.pendingTimers).toBe(0);
});
