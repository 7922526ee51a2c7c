import type { Connection } from '../database/connection.ts';
import { keyRanges } from '../schema/key-ranges.ts';

/** The most dead letters that one step drops. The next step drops the rest. */
const MAX_DROPPED = 1_000;

/** What this context knows about a queue's dead letters. */
interface KnownLetters {
  /** Stored by this context since the last count. */
  uncounted: number;
  /** No dead letter is left before this key. A read from an earlier key would skip over deleted rows, slowly in Chromium. */
  from: number;
  /** Whether this context has stored none since the last count. */
  isChecked: boolean;
}

/**
 * Keeps at most `max` dead letters of each queue by dropping the oldest. A context counts them when nothing is due in the
 * queue, if it has stored any since the last count, and also when it has stored a hundredth of `max`. So there may be more
 * for a while, and claims cost nothing. Two contexts that drop the same dead letters at once both report them.
 */
export class DeadLetterCap {
  readonly #connection: Connection;
  readonly #max: number;
  readonly #onDropped: (queue: string, count: number) => void;
  readonly #known = new Map<string, KnownLetters>();
  /** The queues whose dead letters are dropped before the queue is idle. */
  readonly #overdue = new Set<string>();

  constructor(
    connection: Connection,
    max: number,
    onDropped: (queue: string, count: number) => void,
  ) {
    this.#connection = connection;
    this.#max = max;
    this.#onDropped = onDropped;
  }

  noteStored(queue: string, count: number): void {
    if (count === 0) return;
    const known = this.#knownOf(queue);
    known.uncounted += count;
    known.isChecked = false;
    if (known.uncounted >= Math.max(1, Math.floor(this.#max / 100))) this.#overdue.add(queue);
  }

  /** The queues whose dead letters are dropped before the queue is idle. */
  get overdue(): string[] {
    return [...this.#overdue];
  }

  /** Whether this context has stored dead letters since it last counted them. */
  hasUncounted(queue: string): boolean {
    return this.#known.get(queue)?.isChecked === false;
  }

  /** To be called when this context no longer uses the queue. */
  delete(queue: string): void {
    this.#known.delete(queue);
  }

  /** To be called when another database may be in use. */
  clear(): void {
    this.#known.clear();
    this.#overdue.clear();
  }

  /** One step. Resolves with whether there are still too many. */
  async drop(queue: string): Promise<boolean> {
    const known = this.#knownOf(queue);
    if (known.isChecked) return false;
    // Set before the count, so that dead letters stored meanwhile cause another one.
    known.isChecked = true;
    known.uncounted = 0;
    this.#overdue.delete(queue);
    try {
      const isMore = await this.#dropSome(queue, known);
      if (isMore) known.isChecked = false;
      return isMore;
    } catch (error) {
      known.isChecked = false;
      throw error;
    }
  }

  async #dropSome(queue: string, known: KnownLetters): Promise<boolean> {
    const kept = IDBKeyRange.bound([queue, known.from], [queue, Number.POSITIVE_INFINITY]);
    const index = (tx: IDBTransaction) => tx.objectStore('dead').index('queue');
    const stamp = await this.#connection.stamp();
    const found = await this.#connection.read(['dead'], (tx) => ({
      count: index(tx).count(kept),
      oldest: index(tx).getAllKeys(kept, MAX_DROPPED),
    }));
    const surplus = found.count.result - this.#max;
    if (surplus <= 0) return false;
    const dropped = (found.oldest.result as number[]).slice(0, surplus);
    const deletes = keyRanges(dropped).map((run) => ['delete', 'dead', run] as const);
    // Another database may be in use since the read. It is counted by the next step.
    if (!(await this.#connection.clear(stamp, deletes))) return true;
    known.from = (dropped.at(-1) as number) + 1;
    this.#onDropped(queue, dropped.length);
    return surplus > dropped.length;
  }

  #knownOf(queue: string): KnownLetters {
    const known = this.#known.get(queue) ?? {
      uncounted: 0,
      from: Number.NEGATIVE_INFINITY,
      isChecked: false,
    };
    this.#known.set(queue, known);
    return known;
  }
}
