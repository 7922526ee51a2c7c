// Covers src/backends/indexeddb/claiming/choose-events.ts, src/backends/indexeddb/scanning/queue-snapshot.ts
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ReadAhead } from '../../../../src/backends/indexeddb/claiming/read-ahead.ts';
import type { SegmentSnapshot } from '../../../../src/backends/indexeddb/scanning/queue-snapshot.ts';
import type { SegmentRow } from '../../../../src/backends/indexeddb/schema/payload-rows.ts';
import { drafts, openDatabase, payloadsOf } from '../open-indexeddb.ts';

const MIB = 1_048_576;
const LARGE = 'x'.repeat(MIB / 2 - 1_000);

/** Records how many segments and bytes each scan reads, from now on. */
function watchScans(): { rows: number; bytes: number }[] {
  const scans: { rows: number; bytes: number }[] = [];
  const { getAll } = IDBIndex.prototype;
  const watched = vi.spyOn(IDBIndex.prototype, 'getAll').mockImplementation(function (
    this: IDBIndex,
    ...given
  ) {
    const request = getAll.apply(this, given);
    if (this.name !== 'fresh') return request;
    request.addEventListener('success', () => {
      const segments = request.result as SegmentRow[];
      const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
      scans.push({ rows: segments.length, bytes });
    });
    return request;
  });
  onTestFinished(() => watched.mockRestore());
  return scans;
}

async function publishOneByOne(count: number, payload: unknown) {
  const database = openDatabase();
  const backend = database.open();
  for (let index = 0; index < count; index += 1) await backend.publish('a', payload);
  return { ...database, backend };
}

describe('a scan', () => {
  test('of a new context reads 16 MiB of large events at most, with any limit', async () => {
    const { open } = await publishOneByOne(40, LARGE);
    const scans = watchScans();
    expect((await open().dequeueMany('a', 1_000, 0)).length).toBeGreaterThanOrEqual(16);
    expect(Math.max(...scans.map(({ bytes }) => bytes))).toBeLessThanOrEqual(16 * MIB);
  });

  test('reads 16 MiB at most, and several scans find all events', async () => {
    const { backend } = await publishOneByOne(70, LARGE);
    const scans = watchScans();
    let count = 0;
    for (let taken = -1; taken !== 0; ) {
      taken = (await backend.dequeueMany('a', 1_000, 0)).length;
      count += taken;
    }
    expect(count).toBe(70);
    expect(Math.max(...scans.map(({ bytes }) => bytes))).toBeLessThanOrEqual(16 * MIB);
  });

  test('reads 128 segments of small events, also in a new context', async () => {
    const { open } = await publishOneByOne(150, 'small');
    const scans = watchScans();
    expect(await open().dequeueMany('a', 1_000, 0)).toHaveLength(128);
    expect(scans.map(({ rows }) => rows)).toEqual([16, 128]);
  });

  test('for one event reads small segments for later claims too', async () => {
    const { open } = await publishOneByOne(7, 'small');
    const scans = watchScans();
    const backend = open();
    for (let index = 0; index < 7; index += 1) await backend.dequeue('a', 0);
    expect(scans.map(({ rows }) => rows)).toEqual([2, 5]);
  });

  test('for one event reads one more large segment, to detect further ones', async () => {
    const { open } = await publishOneByOne(5, LARGE);
    const scans = watchScans();
    const backend = open();
    for (let index = 0; index < 5; index += 1) await backend.dequeue('a', 0);
    expect(scans.map(({ rows }) => rows)).toEqual([2, 2, 2, 2, 1]);
  });

  test('reads at most 128 payload rows for waiting events', async () => {
    const { backend, open, runtime } = await publishOneByOne(150, 'again');
    for (let taken = 0; taken < 150; ) {
      const messages = await backend.dequeueMany('a', 150, 0);
      await Promise.all(messages.map(({ eventId }) => backend.nack(eventId, undefined, LATER)));
      taken += messages.length;
    }
    const other = open();
    expect(await other.stats('a')).toMatchObject({ scheduled: 150 });
    await runtime.advance(LATER.delayMs);
    expect(await other.dequeueMany('a', 1_000, 0)).toHaveLength(128);
    expect(await other.dequeueMany('a', 1_000, 0)).toHaveLength(22);
  });
});

const LATER = { delayMs: 1_000 };

test('events that were nacked in any order are delivered in commit order', async () => {
  const { open } = openDatabase();
  const backend = open();
  await backend.publishMany(drafts('a', 5));
  const messages = await backend.dequeueMany('a', 5, 0);
  for (const { eventId } of messages.toReversed()) await backend.nack(eventId);
  expect(payloadsOf(await backend.dequeueMany('a', 5, 0))).toEqual([0, 1, 2, 3, 4]);
});

test('when contexts compete, one read serves several small claims, or one large claim', () => {
  const readAhead = new ReadAhead();
  readAhead.note([{ size: 1, row: { bytes: 700 } } as SegmentSnapshot]);
  expect([1, 10, 100].map((limit) => readAhead.rowsFor(limit, true))).toEqual([32, 81, 101]);
  readAhead.note([{ size: 1, row: { bytes: 131_072 } } as SegmentSnapshot]);
  expect([1, 100].map((limit) => readAhead.rowsFor(limit, true))).toEqual([9, 101]);
  readAhead.note([{ size: 1, row: { bytes: 4 * MIB } } as SegmentSnapshot]);
  expect([1, 100].map((limit) => readAhead.rowsFor(limit, true))).toEqual([2, 4]);
});

test('a segment larger than what one scan may read is read alone', () => {
  const readAhead = new ReadAhead();
  readAhead.note([{ size: 1, row: { bytes: 17 * MIB } } as SegmentSnapshot]);
  expect([readAhead.maxRows, readAhead.rowsFor(1), readAhead.rowsFor(100, true)]).toEqual([
    1, 1, 1,
  ]);
});
