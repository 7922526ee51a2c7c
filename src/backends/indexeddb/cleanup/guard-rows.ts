import { elapsedMs, type Runtime } from '../../../core/runtime/runtime.ts';
import type { Clock } from '../../../queue/claim-waiter.ts';
import type { Connection } from '../database/connection.ts';
import type { Write } from '../database/transactions.ts';
import { ofQueue } from '../scanning/claim-table.ts';
import type { EpochRow } from '../schema/schema.ts';

/** Time between the beginnings of two runs. Queues that are noted meanwhile are cleared together. */
const RUN_EVERY_MS = 10_000;

/** How many queues one transaction clears. */
const QUEUES_PER_DELETE = 64;

/**
 * How long guard rows are kept after their claims have ended if contexts without Web Locks use the database, as measured by
 * the context that deletes them. It is six times the greatest age of a read on which a decision is based, see read-stamp.ts.
 */
const UNSEEN_KEPT_MS = 60_000;

/** All claims of a queue up to `epoch` have ended. `knownAt` is when this was noted, by `elapsedMs`. */
interface Spent {
  readonly epoch: number;
  readonly knownAt: number;
}

type SpentQueue = readonly [queue: string, spent: Spent];

export interface GuardRowCleanupOptions {
  readonly connection: Connection;
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly onFault: (queue: string, error: unknown) => void;
}

/**
 * Deletes the guard rows (epochs and endings) of claims that have ended, once no context can add the same rows again. Each
 * context holds a read lock while it may make a decision based on a read. When the read locks that were held after the
 * claims had ended are released, no such decision is left (docs/decisions/0030).
 */
export class GuardRowCleanup {
  readonly #options: GuardRowCleanupOptions;
  readonly #pending = new Map<string, Spent>();
  #startedAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;

  constructor(options: GuardRowCleanupOptions) {
    this.#options = options;
  }

  /**
   * The row was read or added as the newest epoch of its queue. A queue that is noted already keeps its epoch until that is
   * cleared. Returns when the next run may begin, by the clock, or undefined if there is nothing to delete.
   */
  note({ queue, epoch, spentEpoch }: EpochRow): number | undefined {
    const { runtime } = this.#options;
    // The newest row stays, because it holds the cursor.
    const spent = Math.min(spentEpoch, epoch - 1);
    if (spent > 0 && !this.#pending.has(queue))
      this.#pending.set(queue, { epoch: spent, knownAt: elapsedMs(runtime) });
    return this.#pending.size > 0 ? this.#startedAt + RUN_EVERY_MS : undefined;
  }

  /** Begins a run. */
  begin(): void {
    this.#startedAt = this.#options.clock.now();
    // A run in progress may wait for a context that has missed the request.
    if (this.#running) this.#options.connection.readLocks.requestReread();
    else this.#running = this.#run().finally(() => (this.#running = undefined));
  }

  /** To be called when another database is in use. */
  forget(): void {
    this.#pending.clear();
  }

  async #run(): Promise<void> {
    const { connection, onFault } = this.#options;
    const { readLocks } = connection;
    let queue = '';
    try {
      const { period } = await connection.stamp();
      const noted = [...this.#pending];
      queue = noted[0]?.[0] ?? '';
      const { due, left } = await this.#readDue(noted);
      if (left.length > 0 && readLocks.canQuery && !(await readLocks.awaitEarlierReaders())) return;
      for (let from = 0; from < left.length; from += QUEUES_PER_DELETE) {
        const stamp = await connection.stamp();
        const deletes = left.slice(from, from + QUEUES_PER_DELETE).flatMap(deletesOf);
        if (stamp.period !== period || !(await connection.clear(stamp, deletes))) return;
      }
      for (const [name] of due) this.#pending.delete(name);
    } catch (error) {
      onFault(queue, error);
    }
  }

  /** The queues that have been kept for long enough, and those of them that have guard rows left. */
  async #readDue(noted: readonly SpentQueue[]) {
    const { connection, runtime } = this.#options;
    const found = await connection.read(['epochs', 'meta'], (tx) => ({
      unseen: tx.objectStore('meta').getKey('unseen'),
      first: noted.map(([queue, { epoch }]) => tx.objectStore('epochs').getKey(upTo(queue, epoch))),
    }));
    const now = elapsedMs(runtime);
    const mustWait = !connection.readLocks.canQuery || found.unseen.result !== undefined;
    const isDue = ([, { knownAt }]: SpentQueue) => !mustWait || now - knownAt >= UNSEEN_KEPT_MS;
    const due = noted.filter(isDue);
    const left = noted.filter((one, index) => isDue(one) && found.first[index]?.result);
    return { due, left };
  }
}

function upTo(queue: string, epoch: number): IDBKeyRange {
  return IDBKeyRange.bound([queue], [queue, epoch]);
}

/** Epochs and endings are deleted together, because an inline claim is valid until there is an ending. */
function deletesOf([queue, { epoch }]: SpentQueue): Write[] {
  return [
    ['delete', 'epochs', upTo(queue, epoch)],
    ['delete', 'endings', IDBKeyRange.bound([queue], [queue, epoch, []])],
  ];
}

/** Whether more guard rows are left than the newest epoch, which each queue keeps. */
export async function hasGuardRows(connection: Connection, queue: string): Promise<boolean> {
  const { epochs, endings } = await connection.read(['epochs', 'endings'], (tx) => ({
    epochs: tx.objectStore('epochs').getAllKeys(ofQueue(queue), 2),
    endings: tx.objectStore('endings').getAllKeys(ofQueue(queue), 1),
  }));
  return epochs.result.length > 1 || endings.result.length > 0;
}
