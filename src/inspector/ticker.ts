import type { Runtime, Stop } from '../core/runtime/runtime.ts';
import { isPageVisible, onVisibility } from './dom.ts';

const TICK_MS = 1_000;

/** Calls each function once a second while the page is visible, and at once when it becomes visible. */
export class Ticker {
  readonly #runtime: Runtime;
  readonly #calls = new Set<() => void>();
  readonly #stopVisibility: Stop;
  #stopTimer: Stop | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#stopVisibility = onVisibility(() => {
      this.#disarm();
      if (isPageVisible()) this.#tick();
    });
    if (isPageVisible()) this.#arm();
  }

  /** `run` is called until the returned function is called. Each call takes a function of its own. */
  each(run: () => void): Stop {
    this.#calls.add(run);
    return () => this.#calls.delete(run);
  }

  end(): void {
    this.#calls.clear();
    this.#stopVisibility();
    this.#disarm();
  }

  #tick(): void {
    // First, so that a function that throws does not end the ticker.
    this.#arm();
    for (const run of [...this.#calls]) run();
  }

  #arm(): void {
    this.#stopTimer = this.#runtime.after(TICK_MS, () => this.#tick());
  }

  #disarm(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }
}
