// Covers src/backends/indexeddb/claiming/queue-cache.ts
import { ManualRuntime } from 'ackline/testing';
import { describe, expect, test } from 'vitest';
import { Contention } from '../../../../src/backends/indexeddb/claiming/contention.ts';
import { PublishedSegments } from '../../../../src/backends/indexeddb/claiming/published-segments.ts';
import { QueueCache } from '../../../../src/backends/indexeddb/claiming/queue-cache.ts';
import type { QueueSnapshot } from '../../../../src/backends/indexeddb/scanning/queue-snapshot.ts';
import { ignore } from '../../../../src/core/runtime/ignore.ts';

/** A cache, and the snapshot of a queue with one segment of two unclaimed events. */
function openCache() {
  const runtime = new ManualRuntime();
  const contention = new Contention('a', runtime, ignore);
  const snapshot = {
    stamp: { at: runtime.now(), lock: { isEnded: false } },
    newest: { epoch: 7, cursor: { seq: 3, at: 0 } },
    segments: [{ seq: 3, row: { bytes: 10 }, verdict: 'ok', size: 2 }],
    claims: [],
    openEpochs: [],
    nextReturnAt: null,
  } as unknown as QueueSnapshot;
  const cache = new QueueCache(contention, new PublishedSegments());
  const scan = (isShared = false) => {
    cache.beginScan();
    cache.fill({ snapshot, isCut: true, isShared });
  };
  return { cache, contention, runtime, snapshot, scan };
}

describe('QueueCache', () => {
  test('is empty until a scan has filled it', () => {
    const { cache, runtime, snapshot, scan } = openCache();
    cache.fill({ snapshot, isCut: true, isShared: false });
    expect(cache.claimable(runtime.now(), 2)).toBeUndefined();
    scan();
    expect(cache.claimable(runtime.now(), 2)?.segments).toEqual(snapshot.segments);
  });

  test('stays empty when it was cleared while the scan ran', () => {
    const { cache, runtime, snapshot } = openCache();
    cache.beginScan();
    cache.clear();
    cache.fill({ snapshot, isCut: true, isShared: false });
    expect(cache.claimable(runtime.now(), 2)).toBeUndefined();
  });

  test('is shared when other contexts hold events at the scan, and when the queue is contended', () => {
    const { cache, contention, runtime, scan } = openCache();
    scan();
    expect(cache.sharedEpoch(runtime.now())).toBeUndefined();
    contention.noteOthers();
    expect(cache.sharedEpoch(runtime.now())).toBe(7);
    const other = openCache();
    other.scan(true);
    expect(other.cache.sharedEpoch(runtime.now())).toBe(7);
  });

  test('reads on after a hint only when all its events are claimed', () => {
    const { cache, runtime, snapshot } = openCache();
    cache.beginScan();
    cache.noteHint();
    cache.fill({ snapshot: { ...snapshot, segments: [] }, isCut: false, isShared: false });
    expect(cache.firstMissingSeq(runtime.now(), 1)).toBe(3);
    expect(cache.firstMissingSeq(runtime.now(), 1)).toBeUndefined();
    cache.beginScan();
    cache.noteHint();
    cache.fill({ snapshot, isCut: false, isShared: false });
    expect(cache.firstMissingSeq(runtime.now(), 9)).toBeUndefined();
  });

  test('is not used for longer than a second', () => {
    const { cache, runtime, scan } = openCache();
    scan();
    expect(cache.claimable(runtime.now() + 1_000, 2)).toBeDefined();
    expect(cache.claimable(runtime.now() + 1_001, 2)).toBeUndefined();
  });
});
