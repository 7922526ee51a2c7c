import { elapsedMs, type Runtime } from '../../../core/runtime.ts';
import type { Connection } from '../database/connection.ts';
import type { Write } from '../database/transactions.ts';
import type { EpochRow } from '../schema/schema.ts';

/** Runs begin so long after one another; queues that are noted meanwhile are cleared together. */
const RUN_EVERY_MS = 10_000;

/** Queues that one transaction clears. */
const MAX_QUEUES = 64;

/**
 * Where contexts without Web Locks are at work, guards stay for so long after their claims have ended, by the time that
 * passes for the context that clears them. Six times as long as anything that was read decides anything, see read-stamp.ts.
 */
const UNSEEN_KEPT_MS = 60_000;

/** All claims of a queue up to an epoch have ended; known since a moment of `elapsedMs`. */
interface Spent {
  readonly epoch: number;
  readonly knownAt: number;
}

type SpentQueue = readonly [queue: string, spent: Spent];

export interface GuardRowCleanupOptions {
  readonly connection: Connection;
  readonly runtime: Runtime;
  readonly onFault: (queue: string, error: unknown) => void;
}

/**
 * Deletes the guard rows of claims that have ended, once no context can add them again: each context that may decide
 * by what it read holds a view lock, and those that were held when the claims had ended are free (docs/decisions/0030).
 * No claim and no settlement waits for this.
 */
export class GuardRowCleanup {
  readonly #options: GuardRowCleanupOptions;
  readonly #pending = new Map<string, Spent>();
  #startedAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: GuardRowCleanupOptions) {
    this.#options = options;
  }

  /** `newest` was read, or added, as the newest row of its queue. The first fact about a queue stays until it has served. */
  note({ queue, epoch, spentEpoch }: EpochRow): void {
    const { runtime, connection } = this.#options;
    // The newest row says how far the queue was claimed, and stays.
    const spent = Math.min(spentEpoch, epoch - 1);
    if (spent > 0 && !this.#pending.has(queue))
      this.#pending.set(queue, { epoch: spent, knownAt: elapsedMs(runtime) });
    const now = runtime.now();
    if (this.#pending.size === 0 || Math.abs(now - this.#startedAt) < RUN_EVERY_MS) return;
    this.#startedAt = now;
    // A run that waits may have asked somebody who did not hear.
    if (this.#running) connection.views.ask();
    else this.#running = this.#run().finally(() => (this.#running = undefined));
  }

  /** What was noted is of another database. */
  forget(): void {
    this.#pending.clear();
  }

  /** A run that is under way ends with the connection. */
  close(): void {
    this.#isClosed = true;
  }

  async #run(): Promise<void> {
    const { connection, onFault } = this.#options;
    let queue = '';
    try {
      const { period } = await connection.stamp();
      const noted = [...this.#pending];
      queue = noted[0]?.[0] ?? '';
      const { due, left } = await this.#lookUp(noted);
      if (left.length > 0 && connection.views.canSee && !(await connection.views.outlast())) return;
      for (let from = 0; from < left.length; from += MAX_QUEUES) {
        const stamp = await connection.stamp();
        const deletes = left.slice(from, from + MAX_QUEUES).flatMap(deletesOf);
        if (stamp.period !== period || !(await connection.clear(stamp, deletes))) return;
      }
      for (const [name] of due) this.#pending.delete(name);
    } catch (error) {
      if (!this.#isClosed) onFault(queue, error);
    }
  }

  /** What may be cleared as far as time goes, and that of it where there is anything to clear. */
  async #lookUp(noted: readonly SpentQueue[]) {
    const { connection, runtime } = this.#options;
    const found = await connection.read(['epochs', 'meta'], (tx) => ({
      unseen: tx.objectStore('meta').getKey('unseen'),
      first: noted.map(([queue, { epoch }]) => tx.objectStore('epochs').getKey(upTo(queue, epoch))),
    }));
    const now = elapsedMs(runtime);
    const mustWait = !connection.views.canSee || found.unseen.result !== undefined;
    const isDue = ([, { knownAt }]: SpentQueue) => !mustWait || now - knownAt >= UNSEEN_KEPT_MS;
    const due = noted.filter(isDue);
    const left = noted.filter((one, index) => isDue(one) && found.first[index]?.result);
    return { due, left };
  }
}

function upTo(queue: string, epoch: number): IDBKeyRange {
  return IDBKeyRange.bound([queue], [queue, epoch]);
}

/** Epochs and endings together: what a claim held counts until there is an ending. */
function deletesOf([queue, { epoch }]: SpentQueue): Write[] {
  return [
    ['delete', 'epochs', upTo(queue, epoch)],
    ['delete', 'endings', IDBKeyRange.bound([queue], [queue, epoch, []])],
  ];
}
