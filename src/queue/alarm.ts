import type { Runtime, Stop } from '../core/runtime.ts';

interface Sleeper {
  /** When it is to be rung, by the clock as last seen. */
  at: number;
  readonly ms: number;
}

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Rings sleepers after their times by one timer, the one that is due first; there is none while nobody sleeps.
 * Timers go on where the clock jumps: then some are rung early, and nobody is late by more than his time.
 */
export class Alarm {
  readonly #runtime: Runtime;
  readonly #sleepers = new Map<() => void, Sleeper>();
  #stopTimer: Stop | undefined;
  /** Of the timer; without one, never. */
  #setAt = -NEVER;
  #dueAt = NEVER;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Calls `ring` once, after `ms`. */
  set(ring: () => void, ms: number): void {
    const now = this.#runtime.now();
    // Not what it was when the timer was set: it has jumped, or the timer is late.
    if (now < this.#setAt || now > this.#dueAt) this.#ringDue(now);
    const at = now + ms;
    this.#sleepers.set(ring, { at, ms });
    if (at < this.#dueAt) this.#setTimer(now, at);
  }

  /** `ring` is not called any more. */
  cancel(ring: () => void): void {
    this.#sleepers.delete(ring);
    if (this.#sleepers.size === 0) this.#clearTimer();
  }

  #ringDue(now: number): void {
    // What was to come first is due now, whatever the clock says.
    const until = Math.max(now, this.#dueAt);
    this.#clearTimer();
    let next = NEVER;
    for (const [ring, sleeper] of this.#sleepers) {
      if (sleeper.at <= until) {
        this.#sleepers.delete(ring);
        ring();
      } else {
        sleeper.at = Math.min(sleeper.at, now + sleeper.ms);
        next = Math.min(next, sleeper.at);
      }
    }
    if (next < this.#dueAt) this.#setTimer(now, next);
  }

  #setTimer(now: number, dueAt: number): void {
    this.#clearTimer();
    this.#setAt = now;
    this.#dueAt = dueAt;
    this.#stopTimer = this.#runtime.after(dueAt - now, () => this.#ringDue(this.#runtime.now()));
  }

  #clearTimer(): void {
    this.#stopTimer?.();
    this.#setAt = -NEVER;
    this.#dueAt = NEVER;
  }
}
