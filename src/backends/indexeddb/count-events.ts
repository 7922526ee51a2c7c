import type { ChannelStats } from '../../core/message.ts';
import type { Connection } from './connection.ts';
import { ofQueue } from './queue-view.ts';
import type { ClaimRow, EpochRow, SegmentRow } from './schema.ts';

/** Segments read at a time, to learn how many events they have. */
const PAGE = 64;

/** Counts the events of a queue. Segments never change, so that each is read for its size once in a context. */
export class EventCounter {
  readonly #connection: Connection;
  /** Sizes by queue and segment; what the cursor has passed is dropped. */
  readonly #sizes = new Map<string, Map<number, number>>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  clear(): void {
    this.#sizes.clear();
  }

  async stats(queue: string, now: number): Promise<ChannelStats> {
    const found = await this.#connection.read(
      ['epochs', 'claims', 'returned', 'dead', 'segments'],
      (tx) => {
        const due = tx.objectStore('returned').index('due');
        return {
          newest: tx.objectStore('epochs').openCursor(ofQueue(queue), 'prev'),
          claims: tx.objectStore('claims').getAll(ofQueue(queue)),
          due: due.count(IDBKeyRange.bound([queue, 0], [queue, now])),
          later: due.count(IDBKeyRange.bound([queue, now], [queue, []], true)),
          dead: tx.objectStore('dead').index('queue').count(ofQueue(queue)),
          segments: tx.objectStore('segments').index('fresh').getAllKeys(ofQueue(queue)),
        };
      },
    );
    const newest = found.newest.result?.value as EpochRow | undefined;
    const cursor = newest?.cursor ?? { seq: 0, at: 0 };
    const fresh = (found.segments.result as number[]).filter((seq) => seq >= cursor.seq);
    const sizes = await this.#sizesOf(queue, fresh);
    const freshCount = fresh.reduce((sum, seq) => sum + (sizes.get(seq) ?? 0), 0);
    const passed = fresh[0] === cursor.seq ? cursor.at : 0;
    return {
      ready: freshCount - passed + found.due.result,
      leased: (found.claims.result as ClaimRow[])
        .flatMap(({ held }) => held)
        .reduce((sum, { count }) => sum + count, 0),
      scheduled: found.later.result,
      dead: found.dead.result,
    };
  }

  async #sizesOf(queue: string, seqs: readonly number[]): Promise<ReadonlyMap<number, number>> {
    const known = this.#sizes.get(queue);
    const sizes = new Map<number, number>();
    for (const seq of seqs) {
      const size = known?.get(seq);
      if (size !== undefined) sizes.set(seq, size);
    }
    const unknown = seqs.filter((seq) => !sizes.has(seq));
    for (let from = 0; from < unknown.length; from += PAGE)
      await this.#readSizes(unknown.slice(from, from + PAGE), sizes);
    this.#sizes.set(queue, sizes);
    return sizes;
  }

  async #readSizes(seqs: readonly number[], sizes: Map<number, number>): Promise<void> {
    const rows = await this.#connection.read(['segments'], (tx) =>
      seqs.map((seq) => tx.objectStore('segments').get(seq)),
    );
    // One that is gone meanwhile was spent meanwhile.
    for (const { result } of rows as IDBRequest<Required<SegmentRow> | undefined>[])
      if (result) sizes.set(result.seq, result.ids.length);
  }
}
