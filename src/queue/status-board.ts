import type { Stop } from '../core/runtime/runtime.ts';

/** Keeps the status of a backend, and calls watchers when it changes. */
export class StatusBoard<Kept extends object> {
  readonly #watchers = new Set<(status: Kept) => void>();
  #current: Kept;

  constructor(first: Kept) {
    this.#current = Object.freeze(first);
  }

  get current(): Kept {
    return this.#current;
  }

  watch(watcher: (status: Kept) => void): Stop {
    // The same function may be registered twice, and each registration ends by itself.
    const own = (status: Kept) => watcher(status);
    this.#watchers.add(own);
    return () => this.#watchers.delete(own);
  }

  post(change: Partial<Kept>): void {
    const next: Kept = Object.freeze({ ...this.#current, ...change });
    const names = Object.keys(next) as (keyof Kept)[];
    if (names.every((name) => next[name] === this.#current[name])) return;
    this.#current = next;
    for (const watcher of [...this.#watchers]) callWatcher(watcher, next);
  }
}

/** A watcher that throws must not stop the backend or the other watchers. */
function callWatcher<Kept>(watcher: (status: Kept) => void, status: Kept): void {
  try {
    watcher(status);
  } catch {
    // Dropped, as for an observer: no caller can receive it.
  }
}
