import type { Runtime, Stop } from '../../core/runtime/runtime.ts';

/**
 * Time between two checks. A lease is taken back at the second check after its end: a settlement that is late by less than this
 * succeeds, also after the device slept.
 */
export const CHECKED_EVERY_MS = 60_000;

/** Checks for expired leases by one timer, which is set only while leases are held. */
export class ExpiryCheck {
  readonly #runtime: Runtime;
  readonly #takeBack: (expiredAt: number) => boolean;
  #stopTimer: Stop | undefined;

  /** `takeBack` takes back the leases that had expired at a time. It returns whether others are held. */
  constructor(runtime: Runtime, takeBack: (expiredAt: number) => boolean) {
    this.#runtime = runtime;
    this.#takeBack = takeBack;
  }

  /** To be called when a lease is given. */
  start(): void {
    this.#stopTimer ??= this.#checkAfter(this.#runtime.now());
  }

  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #checkAfter(lastCheckAt: number): Stop {
    return this.#runtime.after(CHECKED_EVERY_MS, () => {
      const now = this.#runtime.now();
      const isHeld = this.#takeBack(Math.min(lastCheckAt, now));
      this.#stopTimer = isHeld ? this.#checkAfter(now) : undefined;
    });
  }
}
