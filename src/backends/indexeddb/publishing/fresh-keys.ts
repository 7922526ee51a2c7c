import type { Connection } from '../database/connection.ts';
import { PAYLOAD_ROWS } from '../scanning/load-events.ts';
import { comparePositions } from '../schema/held-spans.ts';
import { KEY_LIMIT } from '../schema/key-ranges.ts';
import type { SegmentRow } from '../schema/payload-rows.ts';
import { isSound } from '../schema/row-checks.ts';
import type { EpochRow } from '../schema/schema.ts';

/** An event of a segment. */
export interface FreshEvent {
  readonly seq: number;
  readonly at: number;
  readonly eventId: string;
  readonly retentionMs?: number | undefined;
}

/** The keys of one queue's segments from the cursor on. */
interface Known {
  /** Only segments that have keys. */
  segments: readonly Pick<Required<SegmentRow>, 'seq' | 'ids' | 'keys' | 'retentions'>[];
  /** The segments before it were read. */
  next: number;
  /** Whether the channel had groups, so that only segments that were copied are known. */
  readonly isBesideGroups: boolean;
}

/** For how many queues the keys are kept. */
const MAX_QUEUES = 64;

/**
 * Finds the events of a key that were never claimed. Segments of a queue never change, and each new one has a greater number than
 * all before. So a context reads each segment once, and keeps its keys until the cursor of the queue has passed it. In a channel
 * with groups a segment may change until it is copied, so it is read afterwards. What was read before the groups is read again.
 */
export class FreshKeys {
  readonly #connection: Connection;
  readonly #queues = new Map<string, Known>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** To be called when another database is in use. */
  clear(): void {
    this.#queues.clear();
  }

  /** The events from the cursor on, the cancelled ones included. A queue beside groups has those that were copied. */
  async find(newest: EpochRow, keys: ReadonlySet<string>): Promise<FreshEvent[]> {
    const { cursor } = newest;
    const { segments } = await this.read(newest);
    return segments.flatMap(({ seq, ids, keys: all, retentions }) =>
      all.flatMap((key, at) => {
        const isFound = key !== null && keys.has(key) && comparePositions({ seq, at }, cursor) >= 0;
        return isFound
          ? { seq, at, eventId: ids[at] as string, retentionMs: retentions?.[at] }
          : [];
      }),
    );
  }

  /** Reads the segments that are new. */
  async read({ queue, cursor: { seq: from }, copiedSeq }: EpochRow): Promise<Known> {
    const isBesideGroups = copiedSeq !== undefined;
    const { period } = this.#connection;
    const before = this.#queues.get(queue);
    const { segments = [], next = 0 } = before?.isBesideGroups === isBesideGroups ? before : {};
    const known = {
      segments: segments.filter(({ seq }) => seq >= from),
      next: Math.max(next, from),
      isBesideGroups,
    };
    const end = copiedSeq ?? KEY_LIMIT;
    for (let count = PAYLOAD_ROWS; count === PAYLOAD_ROWS && known.next < end; ) {
      const range = IDBKeyRange.bound([queue, known.next], [queue, end], false, true);
      const { result } = await this.#connection.read(['segments'], (tx) =>
        tx.objectStore('segments').index('fresh').getAll(range, PAYLOAD_ROWS),
      );
      const sound = (result as unknown[]).filter((row) => isSound('segments', row));
      for (const { seq, ids, keys, retentions } of sound)
        if (keys) known.segments.push({ seq, ids, keys, retentions });
      known.next = (result.at(-1)?.seq ?? known.next - 1) + 1;
      count = result.length;
    }
    // Another database may be in use since. Its segments have the same numbers.
    if (period !== this.#connection.period) return known;
    this.#queues.delete(queue);
    this.#queues.set(queue, known);
    const [oldest] = this.#queues.keys();
    if (this.#queues.size > MAX_QUEUES) this.#queues.delete(oldest as string);
    return known;
  }
}
