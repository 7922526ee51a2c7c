import type { Runtime, Stop } from '../../../core/runtime.ts';
import type { Clock } from '../../../queue/claim-waiter.ts';

interface Call {
  /** By the clock as last seen. */
  dueAt: number;
  readonly ms: number;
  readonly run: () => void;
}

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Calls many after their times by one timer, that of the first; there is none while nobody waits. The clock may be
 * set, timers go on: then some are called early, and none is late by more than its time.
 */
export class SharedTimer implements Clock {
  readonly #runtime: Runtime;
  readonly #calls = new Set<Call>();
  /** Of the timer: when it fires, and for how long it was set. Without one, for ever. */
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
    // Not by when it is due: the clock may have been set meanwhile.
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
    // What was to come first is due, whatever the clock says.
    const until = Math.max(now, this.#dueAt);
    for (const call of this.#calls)
      if (call.dueAt <= until) {
        this.#calls.delete(call);
        call.run();
      }
    this.#setTimer(now);
  }
}
