import { expect, test } from 'vitest';
import { chooseEvents } from '../../../../src/backends/indexeddb/claiming/choose-events.ts';
import type { QueueSnapshot } from '../../../../src/backends/indexeddb/scanning/queue-snapshot.ts';

function snapshotOf(cursor: object, ...segments: readonly object[]): QueueSnapshot {
  const nothing = { due: [], ahead: [], claims: [], unusable: [] };
  return { ...nothing, newest: { epoch: 1, cursor }, segments } as unknown as QueueSnapshot;
}

const segmentOf = (seq: number, size: number, verdict = 'ok') => ({
  ...{ seq, size, verdict },
  row: { v: 1, ids: Array.from({ length: size }, (_, at) => `${seq}-${at}`), payloads: [] },
});

test('chooseEvents: a forged cursor behind the end of its segment advances to the next one', () => {
  const { chosen, cursor } = chooseEvents(snapshotOf({ seq: 3, at: 5 }, segmentOf(3, 2)), 9);
  expect([chosen, cursor]).toEqual([[], { seq: 4, at: 0 }]);
});

test('chooseEvents: the cursor passes a segment of a newer version, which is unusable from its first unclaimed event', () => {
  const newer = segmentOf(3, 0, 'newer');
  const { cursor, unusable } = chooseEvents(snapshotOf({ seq: 3, at: 1 }, newer), 9);
  expect(cursor).toEqual({ seq: 4, at: 0 });
  expect(unusable).toMatchObject([{ key: 3, reason: 'newer-version', from: 1 }]);
});
