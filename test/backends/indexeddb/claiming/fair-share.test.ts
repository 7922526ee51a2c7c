// Covers src/backends/indexeddb/claiming/claimers.ts
import { EventChannel } from 'ackline';
import { expect, test } from 'vitest';
import { drafts, openDatabase } from '../open-indexeddb.ts';

const BACKLOG = 600;
const BATCH = 10;

test('a channel with a backlog delays another channel by two batches at most', async () => {
  const { open } = openDatabase();
  const events = new EventChannel({ backend: open() });
  await events.publishMany(drafts('busy', BACKLOG));
  let busyCount = 0;
  const count = () => {
    busyCount += 1;
  };
  const busy = events.listen('busy', count, { concurrency: BATCH });
  const meanwhile: number[] = [];
  let publishedAt = 0;
  const quiet = events.listen('quiet', () => {
    meanwhile.push(busyCount - publishedAt);
  });
  for (let index = 0; index < 10; index += 1) {
    await expect.poll(() => busyCount, { interval: 1 }).toBeGreaterThan(index * 2 * BATCH);
    publishedAt = busyCount;
    await events.publish('quiet', index);
    await expect.poll(() => meanwhile.length, { interval: 1 }).toBe(index + 1);
  }
  expect(busyCount).toBeLessThan(BACKLOG);
  expect(Math.max(...meanwhile)).toBeLessThanOrEqual(3 * BATCH);
  await busy.stop();
  await quiet.stop();
});
