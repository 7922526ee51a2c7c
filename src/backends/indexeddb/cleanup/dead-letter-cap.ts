import type { Connection } from '../database/connection.ts';
import { keyRanges } from '../schema/key-ranges.ts';

/** The most dead letters that go at once: what is left is for the next time. */
const MAX_DROPPED = 1_000;

/** What this context knows of a queue's dead letters. */
interface Graves {
  /** Buried here since they were last counted. */
  uncounted: number;
  /** None is left before this one: Chromium would pass over all that were ever deleted. */
  from: number;
  /** Whether there may be too many, as far as this context has to do with it. */
  isChecked: boolean;
}

/**
 * Keeps the dead letters of each queue to `max` by dropping the oldest. They are counted once in a context, then when it
 * has buried a hundredth of `max`, and when nothing is due after it has buried any: so that there may be more for a
 * while, and claims cost nothing. Two contexts that drop the same ones at once both tell of them.
 */
export class DeadLetterCap {
  readonly #connection: Connection;
  readonly #max: number;
  readonly #onDropped: (queue: string, count: number) => void;
  readonly #graves = new Map<string, Graves>();
  /** The queues that are not to wait until nothing is due in them. */
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

  noteBuried(queue: string, count: number): void {
    if (count === 0) return;
    const graves = this.#gravesOf(queue);
    graves.uncounted += count;
    graves.isChecked = false;
    if (graves.uncounted >= Math.max(1, Math.floor(this.#max / 100))) this.#overdue.add(queue);
  }

  /** The queues that are not to wait until nothing is due in them. */
  get overdue(): string[] {
    return [...this.#overdue];
  }

  /** Whether dead letters were buried here since they were last counted. */
  hasUncounted(queue: string): boolean {
    return this.#graves.get(queue)?.isChecked === false;
  }

  /** This context does not use the queue any longer. */
  delete(queue: string): void {
    this.#graves.delete(queue);
  }

  /** What was remembered may be of another database. */
  clear(): void {
    this.#graves.clear();
    this.#overdue.clear();
  }

  /** Answers whether there are still too many. */
  async drop(queue: string): Promise<boolean> {
    const graves = this.#gravesOf(queue);
    if (graves.isChecked) return false;
    // Before anything is awaited: what is buried meanwhile is for the next time.
    graves.isChecked = true;
    graves.uncounted = 0;
    this.#overdue.delete(queue);
    try {
      const isMore = await this.#dropSome(queue, graves);
      if (isMore) graves.isChecked = false;
      return isMore;
    } catch (error) {
      graves.isChecked = false;
      throw error;
    }
  }

  /** Answers whether there are still too many. */
  async #dropSome(queue: string, graves: Graves): Promise<boolean> {
    const kept = IDBKeyRange.bound([queue, graves.from], [queue, Number.POSITIVE_INFINITY]);
    const index = (tx: IDBTransaction) => tx.objectStore('dead').index('queue');
    const found = await this.#connection.read(['dead'], (tx) => ({
      count: index(tx).count(kept),
      oldest: index(tx).getAllKeys(kept, MAX_DROPPED),
    }));
    const surplus = found.count.result - this.#max;
    if (surplus <= 0) return false;
    const dropped = (found.oldest.result as number[]).slice(0, surplus);
    await this.#connection.write(keyRanges(dropped).map((run) => ['delete', 'dead', run]));
    graves.from = (dropped.at(-1) as number) + 1;
    this.#onDropped(queue, dropped.length);
    return surplus > dropped.length;
  }

  #gravesOf(queue: string): Graves {
    const graves = this.#graves.get(queue) ?? {
      uncounted: 0,
      from: Number.NEGATIVE_INFINITY,
      isChecked: false,
    };
    this.#graves.set(queue, graves);
    return graves;
  }
}
