import type { ChannelStats } from '../../../core/message.ts';
import type { Connection } from '../database/connection.ts';
import {
  CLAIM_STORES,
  claimTableOf,
  ofQueue,
  requestClaims,
  storedLowWater,
} from '../scanning/claim-table.ts';
import { countHeld } from '../schema/held-spans.ts';
import { freedRange } from '../schema/key-rows.ts';
import { isSound } from '../schema/row-checks.ts';
import { PARKED_AT } from '../schema/schema.ts';

/** How many segments are read at a time to count their events. */
const SEGMENTS_PER_READ = 64;

const UNKNOWN = -1;

/** For how many queues sizes are cached. Those counted least recently are dropped. */
const MAX_CACHED_QUEUES = 64;

/** Counts the events of a queue by state. Segments never change, so a context reads each one only once for its size. */
export class StatsCounter {
  readonly connection: Connection;
  /** Numbers of events by queue and segment. Segments before the cursor are dropped. */
  readonly #sizes = new Map<string, Map<number, number>>();

  constructor(connection: Connection) {
    this.connection = connection;
  }

  clear(): void {
    this.#sizes.clear();
  }

  async stats(queue: string, now: number): Promise<ChannelStats> {
    const from = await storedLowWater(this.connection, queue);
    const found = await this.connection.read(
      [...CLAIM_STORES, 'returned', 'dead', 'segments', 'aside', 'cancelled'],
      (tx) => {
        const waiting = tx.objectStore('returned');
        return {
          ...requestClaims(tx, queue, from),
          due: waiting.count(IDBKeyRange.bound([queue], [queue, now, []])),
          later: waiting.count(
            IDBKeyRange.bound([queue, now, []], [queue, PARKED_AT], false, true),
          ),
          parked: waiting.count(IDBKeyRange.bound([queue, PARKED_AT], [queue, PARKED_AT, []])),
          freed: waiting.count(freedRange(queue)),
          dead: tx.objectStore('dead').index('queue').count(ofQueue(queue)),
          aside: tx.objectStore('aside').index('queue').count(ofQueue(queue)),
          segments: tx.objectStore('segments').index('fresh').getAllKeys(ofQueue(queue)),
          cancelled: tx.objectStore('cancelled').count(ofQueue(queue)),
        };
      },
    );
    const { newest, claims } = claimTableOf(queue, found, from);
    const { cursor } = newest;
    const fresh = (found.segments.result as number[]).filter((seq) => seq >= cursor.seq);
    const sizes = await this.#sizesOf(queue, fresh);
    const freshCount = fresh.reduce((sum, seq) => sum + (sizes.get(seq) ?? 0), 0);
    const passed = Math.min(cursor.at, sizes.get(cursor.seq) ?? 0);
    const quarantined = found.aside.result;
    const waitingCount = found.due.result - found.freed.result + found.parked.result;
    return {
      ready: freshCount - passed - found.cancelled.result + waitingCount,
      leased: claims.reduce((sum, claim) => sum + countHeld(claim), 0),
      scheduled: found.later.result,
      dead: found.dead.result,
      ...(quarantined > 0 && { quarantined }),
    };
  }

  async #sizesOf(queue: string, seqs: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const known = this.#sizes.get(queue);
    const sizes = new Map(seqs.map((seq) => [seq, known?.get(seq) ?? UNKNOWN]));
    const unknown = seqs.filter((seq) => sizes.get(seq) === UNKNOWN);
    for (let from = 0; from < unknown.length; from += SEGMENTS_PER_READ) {
      const page = unknown.slice(from, from + SEGMENTS_PER_READ);
      const rows = await this.connection.read(['segments'], (tx) =>
        page.map((seq) => tx.objectStore('segments').get(seq)),
      );
      // A segment that is missing was spent and deleted meanwhile.
      for (const [index, { result }] of rows.entries())
        sizes.set(page[index] as number, isSound('segments', result) ? result.ids.length : 0);
    }
    this.#sizes.delete(queue);
    if (sizes.size > 0) this.#sizes.set(queue, sizes);
    const [oldest] = this.#sizes.keys();
    if (this.#sizes.size > MAX_CACHED_QUEUES) this.#sizes.delete(oldest as string);
    return sizes;
  }
}
