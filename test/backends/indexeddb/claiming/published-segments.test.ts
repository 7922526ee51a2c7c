import { describe, expect, test } from 'vitest';
import { PublishedSegments } from '../../../../src/backends/indexeddb/claiming/published-segments.ts';
import type { SegmentRow } from '../../../../src/backends/indexeddb/schema/payload-rows.ts';

const MAX_SEGMENTS = 128;
const MAX_BYTES = 1_048_576;

function rowOf(queue: string, bytes = 10, events = 1): SegmentRow {
  const ids = Array.from({ length: events }, (_, index) => `${queue}-${index}`);
  return { v: 1, queue, bytes, ids } as unknown as SegmentRow;
}

/** The segments 1 to `count` of queue a. */
function published(count: number): PublishedSegments {
  const segments = new PublishedSegments();
  for (let seq = 1; seq <= count; seq += 1) segments.add(seq, rowOf('a'));
  return segments;
}

function seqsFrom(segments: PublishedSegments, nextSeq: number): readonly number[] | undefined {
  return segments.takeFrom('a', nextSeq)?.segments.map(({ seq }) => seq);
}

describe('PublishedSegments', () => {
  test('returns the segments of the queue with their sizes, and the number after the newest of all', () => {
    const segments = new PublishedSegments();
    segments.add(4, rowOf('a', 10, 3));
    segments.add(5, rowOf('b'));
    expect(segments.takeFrom('a', 4)).toEqual({
      segments: [{ seq: 4, row: { ...rowOf('a', 10, 3), seq: 4 }, verdict: 'ok', size: 3 }],
      nextSeq: 6,
    });
    expect(segments.takeFrom('b', 5)).toMatchObject({ segments: [{ seq: 5 }], nextSeq: 6 });
  });

  test('returns nothing where another context has added a segment between', () => {
    const segments = published(1);
    segments.add(3, rowOf('a'));
    expect(segments.takeFrom('a', 1)).toBeUndefined();
    expect(segments.takeFrom('a', 2)).toBeUndefined();
    expect(seqsFrom(segments, 3)).toEqual([3]);
  });

  test('returns a segment once', () => {
    const segments = published(2);
    expect(seqsFrom(segments, 1)).toEqual([1, 2]);
    expect(segments.takeFrom('a', 2)).toBeUndefined();
    expect(segments.takeFrom('a', 3)).toEqual({ segments: [], nextSeq: 3 });
  });

  test('forgets the oldest segments beyond the greatest number', () => {
    const segments = published(MAX_SEGMENTS + 1);
    expect(segments.takeFrom('a', 1)).toBeUndefined();
    expect(seqsFrom(segments, 2)).toHaveLength(MAX_SEGMENTS);
  });

  test('drops the oldest rows beyond the greatest size, and none of them at this size', () => {
    const segments = new PublishedSegments();
    segments.add(1, rowOf('a', MAX_BYTES - 1));
    segments.add(2, rowOf('a', 1));
    expect(seqsFrom(segments, 1)).toEqual([1, 2]);
    segments.add(3, rowOf('a', MAX_BYTES));
    segments.add(4, rowOf('a', 1));
    expect(segments.takeFrom('a', 3)).toBeUndefined();
    expect(seqsFrom(segments, 4)).toEqual([4]);
    segments.add(5, rowOf('a', MAX_BYTES));
    expect(seqsFrom(segments, 5)).toEqual([5]);
  });

  test('knows nothing after the database was replaced', () => {
    const segments = published(MAX_SEGMENTS + 1);
    segments.clear();
    segments.add(1, rowOf('a', MAX_BYTES));
    expect(seqsFrom(segments, 1)).toEqual([1]);
  });
});
