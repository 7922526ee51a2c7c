import { checkOptions, checkWholeNumber } from '../core/options/options.ts';
import type { Runtime, Stop } from '../core/runtime/runtime.ts';
import { Tagged } from '../core/runtime/tagged.ts';

export interface ManualRuntimeOptions {
  /** Epoch milliseconds at the start; default 1,700,000,000,000. */
  readonly startAt?: number | undefined;
  /** Seed of ids and random numbers. Equal seeds give equal runs. Default 1. */
  readonly seed?: number | undefined;
}

interface Timer {
  dueAt: number;
  readonly run: () => void;
}

/** How many microtasks the code under test gets after each timer. */
const SETTLING_ROUNDS = 100;

/**
 * A runtime whose time changes only by its own methods. Ids and random numbers come from a seed.
 *
 * @example
 * const runtime = new ManualRuntime();
 * const events = new EventChannel({ backend: memoryBackend({ runtime }) });
 * await runtime.advance(30_000); // leases taken before have now expired
 */
export class ManualRuntime extends Tagged implements Runtime {
  readonly #timers = new Set<Timer>();
  #now: number;
  #jumpedMs = 0;
  #state: number;
  #idCount = 0;

  constructor(options: ManualRuntimeOptions = {}) {
    super();
    checkOptions(options);
    const { startAt = 1_700_000_000_000, seed = 1 } = options;
    this.#now = checkWholeNumber('startAt', startAt, 0);
    this.#state = checkWholeNumber('seed', seed, 0);
  }

  now(): number {
    return this.#now;
  }

  /** Grows with {@link advance}; {@link jumpTo} does not change it. */
  elapsed(): number {
    return this.#now - this.#jumpedMs;
  }

  after(ms: number, run: () => void): Stop {
    const timer = { dueAt: this.#now + Math.max(0, ms), run };
    this.#timers.add(timer);
    // A timer of zero milliseconds fires without a change of the time.
    if (ms <= 0) void Promise.resolve().then(() => this.#fire(timer));
    return () => this.#timers.delete(timer);
  }

  randomId(): string {
    this.#idCount += 1;
    return `${this.#next().toString(36).padStart(7, '0')}-${this.#idCount}`;
  }

  /** Mulberry32: 32 bits of state, uniform in [0, 1). */
  random(): number {
    return this.#next() / 2 ** 32;
  }

  /** Timers that are set and have not fired. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /**
   * Moves time by `ms`, firing each timer at its own moment and letting promises settle in between.
   * Work that leaves the microtask queue (IndexedDB) is not awaited: await its own promise.
   */
  async advance(ms: number): Promise<void> {
    const until = this.#now + checkWholeNumber('ms', ms, 0);
    await this.settle();
    for (let timer = this.#nextDue(until); timer; timer = this.#nextDue(until)) {
      this.#now = Math.max(this.#now, timer.dueAt);
      this.#fire(timer);
      await this.settle();
    }
    this.#now = until;
  }

  /**
   * Sets the clock without firing a timer, as after sleep or a correction. After a jump ahead, passed timers are overdue. After
   * a jump back, timers keep their remaining time, as timers of the platform do.
   */
  jumpTo(epochMs: number): void {
    const jumpMs = checkWholeNumber('epochMs', epochMs, 0) - this.#now;
    if (jumpMs < 0) for (const timer of this.#timers) timer.dueAt += jumpMs;
    this.#jumpedMs += jumpMs;
    this.#now = epochMs;
  }

  /** Lets promises settle without moving time. */
  async settle(): Promise<void> {
    for (let round = 0; round < SETTLING_ROUNDS; round += 1) await undefined;
  }

  #fire(timer: Timer): void {
    if (this.#timers.delete(timer)) timer.run();
  }

  #nextDue(until: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers)
      if (timer.dueAt <= until && (next === undefined || timer.dueAt < next.dueAt)) next = timer;
    return next;
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}
