import type { Stop } from '../core/runtime.ts';

/** The state of what a backend works over, and why it is in this state. */
export interface Status {
  readonly state: string;
  readonly reason: Error | null;
}

/** Keeps the status of a backend, and reports its changes. */
export class StatusBoard<Kept extends Status> {
  readonly #watchers = new Set<(status: Kept) => void>();
  #status: Kept;

  constructor(first: Kept) {
    this.#status = Object.freeze(first);
  }

  get status(): Kept {
    return this.#status;
  }

  watch(watcher: (status: Kept) => void): Stop {
    // The same function may be registered twice, and each registration ends by itself.
    const own = (status: Kept) => watcher(status);
    this.#watchers.add(own);
    return () => this.#watchers.delete(own);
  }

  post(status: Kept): void {
    const { state, reason } = this.#status;
    if (status.state === state && status.reason === reason) return;
    this.#status = Object.freeze(status);
    for (const watcher of [...this.#watchers]) callWatcher(watcher, status);
  }
}

/** A watcher that throws must not stop the others. */
function callWatcher<Kept>(watcher: (status: Kept) => void, status: Kept): void {
  try {
    watcher(status);
  } catch {
    // Dropped, as for an observer: no caller can receive it.
  }
}
