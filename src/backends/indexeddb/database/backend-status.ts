import type { AcklineError } from '../../../core/errors.ts';
import type { Stop } from '../../../core/runtime.ts';
import type { LeaseMode } from './lease-mode.ts';

/**
 * How the storage stands.
 *
 * - `closed`: not opened: before the first call, and after shutdown. With a `reason` of code `destroyed` the database was deleted.
 * - `opening`: the first call waits for the database.
 * - `open`: at work.
 * - `reconnecting`: the connection was lost or given up for an upgrade; the next call opens it again, and waits.
 * - `storage-reset`: on opening it again another, empty database was found: the site's data was cleared. `open` follows.
 * - `suspended`: the page is frozen or in the back/forward cache; what it held is handed over, and calls wait.
 * - `failed`: the database could not be opened, `reason` says why. The next call tries again.
 */
export type StorageState =
  | 'closed'
  | 'opening'
  | 'open'
  | 'reconnecting'
  | 'storage-reset'
  | 'suspended'
  | 'failed';

export interface BackendStatus {
  readonly state: StorageState;
  /** Where events are kept; `memory` only with `fallback: 'memory'`, and then for this context's life. */
  readonly storage: 'indexeddb' | 'memory';
  /** What holds: `available` where `exclusive` was asked for and the context has no Web Locks. */
  readonly leaseMode: LeaseMode;
  /** Why the state is `failed`, why it is `closed` without a shutdown, or why the storage is `memory`. */
  readonly reason: AcklineError | null;
}

/** The present status, and who is told of changes. */
export class StatusBoard {
  #current: BackendStatus;
  readonly #watchers = new Set<(status: BackendStatus) => void>();

  constructor(leaseMode: LeaseMode) {
    this.#current = Object.freeze({
      state: 'closed',
      storage: 'indexeddb',
      leaseMode,
      reason: null,
    });
  }

  get current(): BackendStatus {
    return this.#current;
  }

  post(change: Partial<BackendStatus>): void {
    const next = Object.freeze({ ...this.#current, ...change });
    const isSame = (Object.keys(next) as (keyof BackendStatus)[]).every(
      (key) => next[key] === this.#current[key],
    );
    if (isSame) return;
    this.#current = next;
    for (const watcher of [...this.#watchers]) tell(watcher, next);
  }

  watch(watcher: (status: BackendStatus) => void): Stop {
    // Two that watch with one function are two.
    const own = (status: BackendStatus) => watcher(status);
    this.#watchers.add(own);
    return () => this.#watchers.delete(own);
  }
}

/** A watcher that throws cannot stop the storage, nor keep the others from being told. */
function tell(watcher: (status: BackendStatus) => void, status: BackendStatus): void {
  try {
    watcher(status);
  } catch {
    // Its own: as with an observer, nobody else is there to be told.
  }
}
