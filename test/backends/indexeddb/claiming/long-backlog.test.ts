// Covers src/backends/indexeddb/claiming/claimer.ts, src/backends/indexeddb/claiming/choose-events.ts, src/backends/indexeddb/claiming/queue-scanner.ts
import { expect, test } from 'vitest';
import { drafts, payloadsOf } from '../open-indexeddb.ts';
import { countScans, openScanned, takeAndAck } from '../open-scanned.ts';

const LONG = 100;
const openLong = async () => {
  const opened = await openScanned();
  const all = drafts('a', LONG);
  while (all.length > 0) await opened.other.publishMany(all.splice(0, 2));
  return opened;
};

test('one scan serves many claims', async () => {
  const { backend } = await openLong();
  const scans = countScans();
  for (let event = 0; event < LONG; event += 1) expect(await takeAndAck(backend)).toBe(event);
  expect(scans.count).toBeLessThan(LONG / 10);
});

test('while this or another context publishes, no event is skipped', async () => {
  const { backend, other } = await openLong();
  const taken: unknown[] = [];
  for (let event = 0; event < LONG; event += 1) {
    taken.push(await takeAndAck(backend));
    await (event % 2 === 0 ? backend : other).publish('a', LONG + event);
  }
  const rest = payloadsOf(await backend.dequeueMany('a', 1_000, 0));
  expect([...taken, ...rest]).toEqual(Array.from({ length: 2 * LONG }, (_, event) => event));
});

test('a claim of more events than the cache has gets all of them', async () => {
  const { backend } = await openLong();
  for (const limit of [4, 8, 16, 24]) {
    await takeAndAck(backend);
    expect(await backend.dequeueMany('a', limit, 0)).toHaveLength(limit);
  }
  expect(await backend.dequeueMany('a', LONG, 0)).toHaveLength(LONG - 56);
  expect(await backend.dequeue('a', 0)).toBe(null);
});

test('an event that another context claims is not claimed twice', async () => {
  const { backend, other } = await openLong();
  const taken: unknown[] = [];
  for (let event = 0; event < LONG / 2; event += 1)
    taken.push(await takeAndAck(backend), await takeAndAck(other));
  expect(taken).toEqual(Array.from({ length: LONG }, (_, event) => event));
});
