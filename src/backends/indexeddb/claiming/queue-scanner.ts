import {
  freshSegments,
  type QueueSnapshot,
  scanAddedSegments,
  scanQueue,
} from '../scanning/queue-snapshot.ts';
import { countFresh } from './choose-events.ts';
import type { ClaimContext } from './commit-claim.ts';
import type { QueueCache, ScanResult } from './queue-cache.ts';
import { ReadAhead } from './read-ahead.ts';

/** Reads one queue, each time as many segments as a claim most likely needs. */
export class QueueScanner {
  readonly #context: ClaimContext;
  readonly #readAhead = new ReadAhead();
  /** The last scan, with the cursor of this context's last claim. */
  lastScan: Pick<QueueSnapshot, 'stamp' | 'lowWater'> | undefined;
  /** The owners of the claims that the last scan found. */
  owners: ReadonlySet<string> = new Set();

  constructor(context: ClaimContext) {
    this.#context = context;
  }

  /**
   * Scans for `limit` events. If the first segments are too few, it reads the greatest number. If other contexts have claimed
   * all of these without deleting them yet, it goes on after them.
   */
  async scan(limit: number): Promise<Omit<ScanResult, 'isShared'>> {
    const { connection, queue } = this.#context;
    const readAhead = this.#readAhead;
    const isPartClaimed = this.lastScan !== undefined && this.lastScan.lowWater.cursor.at > 0;
    let maxSegments = readAhead.rowsFor(limit) + (isPartClaimed ? 1 : 0);
    for (; ; maxSegments = readAhead.maxRows) {
      const snapshot = await scanQueue(connection, queue, { last: this.lastScan, maxSegments });
      this.lastScan = snapshot;
      this.owners = new Set(snapshot.claims.map(({ owner }) => owner));
      const isCut = snapshot.segments.length === maxSegments;
      const fresh = freshSegments(snapshot);
      readAhead.note(fresh);
      const isEnough = countFresh(snapshot) >= limit;
      const isAll = maxSegments >= readAhead.maxRows && fresh.length > 0;
      if (!isCut || isEnough || isAll) return { snapshot, isCut };
    }
  }

  /** Reads the segments that the cache needs to have `limit` events. With `isShared` other contexts claim the next events too. */
  async readMissing(
    cache: QueueCache,
    now: number,
    limit: number,
    isShared: boolean,
  ): Promise<void> {
    const { connection, queue } = this.#context;
    const readAhead = this.#readAhead;
    let maxRows = readAhead.rowsFor(limit, isShared);
    for (; ; maxRows = readAhead.maxRows) {
      const from = cache.firstMissingSeq(now, limit);
      if (from === undefined) return;
      const segments = await scanAddedSegments(connection, queue, from, maxRows);
      readAhead.note(segments);
      const isCut = segments.length === maxRows;
      cache.replaceSegments(segments, isCut);
      if (!isCut || maxRows >= readAhead.maxRows) return;
    }
  }
}
