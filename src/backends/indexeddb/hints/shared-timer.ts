import type { Runtime, Stop } from '../../../core/runtime/runtime.ts';
import type { Clock } from '../../../queue/claim-waiter.ts';

interface Call {
  /** The due time, by the clock at its last read. */
  dueAt: number;
  readonly ms: number;
  readonly run: () => void;
}

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Makes many delayed calls by one timer, which is set for the first call. While no call is pending there is no timer. A
 * change of the clock does not affect timers. Some calls then come early, and none is late by more than its delay.
 */
export class SharedTimer implements Clock {
  readonly #runtime: Runtime;
  readonly #calls = new Set<Call>();
  /** When the timer fires, and for how long it was set. Both are infinite without a timer. */
  #dueAt = NEVER;
  #lastsMs = NEVER;
  #stopTimer: Stop | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  now(): number {
    return this.#runtime.now();
  }

  after(ms: number, run: () => void): Stop {
    const now = this.now();
    const call: Call = { dueAt: now + ms, ms, run };
    this.#calls.add(call);
    // Durations are compared, because the clock may have been set since the timer was.
    if (this.#lastsMs > ms) this.#setTimer(now);
    return () => {
      this.#calls.delete(call);
      if (this.#calls.size === 0) this.#setTimer(now);
    };
  }

  #setTimer(now: number): void {
    this.#stopTimer?.();
    this.#dueAt = NEVER;
    for (const call of this.#calls) {
      call.dueAt = Math.min(call.dueAt, now + call.ms);
      this.#dueAt = Math.min(this.#dueAt, call.dueAt);
    }
    this.#lastsMs = this.#dueAt - now;
    if (this.#calls.size > 0)
      this.#stopTimer = this.#runtime.after(this.#lastsMs, () => this.#callDue());
  }

  #callDue(): void {
    const now = this.now();
    // The first call is due even if the clock was set back.
    const until = Math.max(now, this.#dueAt);
    for (const call of this.#calls)
      if (call.dueAt <= until) {
        this.#calls.delete(call);
        call.run();
      }
    this.#setTimer(now);
  }
}
