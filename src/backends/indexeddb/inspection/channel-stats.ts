import type { ChannelStats } from '../../../core/events/message.ts';
import type { Connection } from '../database/connection.ts';
import {
  CLAIM_STORES,
  claimTableOf,
  lowWaterOf,
  ofQueue,
  requestClaims,
  storedNewest,
} from '../scanning/claim-table.ts';
import { countHeld } from '../schema/held-spans.ts';
import { KEY_LIMIT } from '../schema/key-ranges.ts';
import { freedRange } from '../schema/key-rows.ts';
import type { SegmentRow } from '../schema/payload-rows.ts';
import { isSound } from '../schema/row-checks.ts';
import { BLOCKED_AT, dueUntil, type EpochRow, heldAt, PARKED_AT } from '../schema/schema.ts';

/** How many segments are read at a time to count their events. */
const SEGMENTS_PER_READ = 64;

/** For how many queues sizes are cached. Those counted least recently are dropped. */
const MAX_CACHED_QUEUES = 64;

/** The numbers of events in the segments of one queue, from the cursor to the last segment that was read. */
class SegmentSizes {
  /** Whether the channel had groups, so that only segments that were copied are known. */
  readonly isBesideGroups: boolean;
  readonly #sizes = new Map<number, number>();
  last = 0;
  /** The sum of all sizes. */
  total = 0;

  constructor(isBesideGroups: boolean) {
    this.isBesideGroups = isBesideGroups;
  }

  of(seq: number): number {
    return this.#sizes.get(seq) ?? 0;
  }

  /** Adds segments in the order of their numbers. */
  add(rows: readonly SegmentRow[]): void {
    for (const row of rows) {
      if (!isSound('segments', row) || row.seq <= this.last) continue;
      this.last = row.seq;
      this.#sizes.set(row.seq, row.ids.length);
      this.total += row.ids.length;
    }
  }

  dropBefore(end: number): void {
    for (const [seq, size] of this.#sizes) {
      if (seq >= end) return;
      this.#sizes.delete(seq);
      this.total -= size;
    }
  }
}

/**
 * Counts the events of a queue by state. Segments of a queue never change, and each new one has a greater number than all before.
 * So a context reads each segment once for its size, and a count costs nothing for the backlog that was counted before. In a
 * channel with groups a segment may change until it is copied, so what was read before the groups is read again.
 */
export class StatsCounter {
  readonly connection: Connection;
  /** Copies the events of a channel to its groups, before those that are left to the plain queue are counted. */
  catchUp: (channel: string) => Promise<void>;
  readonly #sizes = new Map<string, SegmentSizes>();

  constructor(connection: Connection, catchUp: (channel: string) => Promise<void>) {
    this.connection = connection;
    this.catchUp = catchUp;
  }

  clear(): void {
    this.#sizes.clear();
  }

  async stats(queue: string, now: number): Promise<ChannelStats> {
    const before = await this.#newest(queue);
    const from = lowWaterOf(before);
    const end = before.copiedSeq;
    const sizes = this.#sizesOf(queue, end !== undefined);
    const added = newSegments(queue, Math.max(sizes.last + 1, from.cursor.seq), end);
    const found = await this.connection.read(
      [...CLAIM_STORES, 'returned', 'dead', 'segments', 'aside', 'cancelled'],
      (tx) => {
        const waiting = tx.objectStore('returned');
        return {
          ...requestClaims(tx, queue, from),
          due: waiting.count(IDBKeyRange.bound([queue], [queue, dueUntil(now), []])),
          later: waiting.count(
            IDBKeyRange.bound([queue, dueUntil(now), []], [queue, PARKED_AT], false, true),
          ),
          parked: waiting.count(IDBKeyRange.bound([queue, PARKED_AT], [queue, heldAt(now), []])),
          heldLater: waiting.count(
            IDBKeyRange.bound([queue, heldAt(now), []], [queue, BLOCKED_AT], false, true),
          ),
          freed: waiting.count(freedRange(queue)),
          dead: tx.objectStore('dead').index('queue').count(ofQueue(queue)),
          aside: tx.objectStore('aside').index('queue').count(ofQueue(queue)),
          segments: requestSegments(tx, added),
          cancelled: tx.objectStore('cancelled').count(ofQueue(queue)),
        };
      },
    );
    const { newest, claims } = claimTableOf(queue, found, from);
    const { cursor } = newest;
    await this.#add(queue, sizes, found.segments.result, end);
    sizes.dropBefore(cursor.seq);
    const passed = Math.min(cursor.at, sizes.of(cursor.seq));
    const quarantined = found.aside.result;
    const waitingCount = found.due.result - found.freed.result + found.parked.result;
    return {
      ready: sizes.total - passed - found.cancelled.result + waitingCount,
      leased: claims.reduce((sum, claim) => sum + countHeld(claim), 0),
      scheduled: found.later.result + found.heldLater.result,
      dead: found.dead.result,
      ...(quarantined > 0 && { quarantined }),
    };
  }

  /** Adds the segments that were read, and those after them. */
  async #add(
    queue: string,
    sizes: SegmentSizes,
    first: readonly SegmentRow[],
    end: number | undefined,
  ): Promise<void> {
    for (let rows = first; ; ) {
      sizes.add(rows);
      const last = rows.at(-1)?.seq;
      if (rows.length < SEGMENTS_PER_READ || last === undefined) return;
      const next = newSegments(queue, last + 1, end);
      const { result } = await this.connection.read(['segments'], (tx) =>
        requestSegments(tx, next),
      );
      rows = result;
    }
  }

  /** The newest epoch of a queue. In a channel with groups, every event that is published is copied before. */
  async #newest(queue: string): Promise<EpochRow> {
    const newest = await storedNewest(this.connection, queue);
    if (newest.copiedSeq === undefined) return newest;
    await this.catchUp(queue);
    return storedNewest(this.connection, queue);
  }

  #sizesOf(queue: string, isBesideGroups: boolean): SegmentSizes {
    const before = this.#sizes.get(queue);
    const isValid = before?.isBesideGroups === isBesideGroups;
    const sizes = isValid ? before : new SegmentSizes(isBesideGroups);
    this.#sizes.delete(queue);
    this.#sizes.set(queue, sizes);
    const [oldest] = this.#sizes.keys();
    if (this.#sizes.size > MAX_CACHED_QUEUES) this.#sizes.delete(oldest as string);
    return sizes;
  }
}

/** A foreign row at {@link KEY_LIMIT} or above must not hide the segments that are added later. */
function newSegments(queue: string, first: number, end: number = KEY_LIMIT): IDBKeyRange {
  return first < end
    ? IDBKeyRange.bound([queue, first], [queue, end], false, true)
    : IDBKeyRange.bound([queue, first], [queue, first, 0], true, true);
}

function requestSegments(tx: IDBTransaction, range: IDBKeyRange): IDBRequest<SegmentRow[]> {
  return tx.objectStore('segments').index('fresh').getAll(range, SEGMENTS_PER_READ);
}
