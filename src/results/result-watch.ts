import type { FinalResult } from '../core/events/event-result.ts';
import { ignore } from '../core/runtime/ignore.ts';
import { elapsedMs, type Runtime, type Stop } from '../core/runtime/runtime.ts';
import type { MaybePromise } from '../queue/event-store.ts';
import type { ChangeWatch } from '../queue/notifier.ts';
import type { ResultsSource } from './results-source.ts';

/** A read is followed by a rest of this many times its duration, so that reads of a busy channel take a small share of the time. */
const REST_SHARE = 4;
const LONGEST_REST_MS = 250;
/** A read after a change is confirmed by one more, because a change at the same time may have sent no hint. */
const CONFIRM_MS = 1_000;
/** Time between two reads where no hints come. */
const POLL_MS = 1_000;
const NEVER = Number.POSITIVE_INFINITY;

export interface Waiter {
  readonly eventId: string;
  readonly resolve: (result: FinalResult) => void;
  readonly reject: (error: unknown) => void;
}

export interface ResultWatchParts {
  readonly queue: string;
  readonly runtime: Runtime;
  readonly open: () => MaybePromise<ResultsSource>;
  /** Called when no waiter is left. */
  readonly onEnd: () => void;
}

/**
 * Waits for the results of the events of one queue, for all waiters of this context together.
 *
 * It reads the results of all awaited events in one step, rests, and waits: for a change of the queue, for the confirmation of
 * the last read, or for the next poll where the platform has no hints. A change during the read or the rest ends the wait
 * before it begins. No timer is set while hints come and nothing changes.
 */
export class ResultWatch {
  readonly #parts: ResultWatchParts;
  readonly #waiters = new Set<Waiter>();
  #hasChanged = false;
  #isRunning = false;
  /** Ends the present pause, if it ends at a change. */
  #resume: () => void = ignore;
  #watch: ChangeWatch | undefined;

  constructor(parts: ResultWatchParts) {
    this.#parts = parts;
  }

  /** The waiter is called once, unless the returned function is called before. */
  add(waiter: Waiter): Stop {
    this.#waiters.add(waiter);
    this.#noteChange();
    // Not at once: a waiter is called after this method has returned.
    if (!this.#isRunning) void Promise.resolve().then(() => this.#run());
    this.#isRunning = true;
    return () => {
      this.#waiters.delete(waiter);
      if (this.#waiters.size === 0) this.#resume();
    };
  }

  readonly #noteChange = (): void => {
    this.#hasChanged = true;
    this.#resume();
  };

  /** Never rejects. */
  async #run(): Promise<void> {
    const { runtime, onEnd } = this.#parts;
    while (this.#waiters.size > 0) {
      const startedAt = elapsedMs(runtime);
      const hadChanged = this.#hasChanged;
      this.#hasChanged = false;
      await this.#read();
      if (this.#waiters.size === 0) break;
      const restMs = REST_SHARE * (elapsedMs(runtime) - startedAt);
      if (restMs > 0) await this.#pause(Math.min(restMs, LONGEST_REST_MS), false);
      if (!this.#hasChanged && this.#waiters.size > 0)
        await this.#pause(this.#leftMs(hadChanged), true);
    }
    this.#isRunning = false;
    this.#watch?.stop();
    this.#watch = undefined;
    onEnd();
  }

  #leftMs(hadChanged: boolean): number {
    if (this.#watch?.mustPoll?.()) return POLL_MS;
    return hadChanged ? CONFIRM_MS : NEVER;
  }

  async #read(): Promise<void> {
    const waiters = [...this.#waiters];
    try {
      const source = await this.#parts.open();
      const { queue } = this.#parts;
      this.#watch ??= source.watch(queue, this.#noteChange);
      // Before the read: a change that the read does not see is reported.
      this.#watch.next();
      const results = await source.read(
        queue,
        waiters.map(({ eventId }) => eventId),
      );
      for (const [index, waiter] of waiters.entries()) {
        const result = results[index];
        if (result && result.state !== 'pending' && this.#waiters.delete(waiter))
          waiter.resolve(result);
      }
    } catch (error) {
      for (const waiter of waiters) if (this.#waiters.delete(waiter)) waiter.reject(error);
    }
  }

  #pause(ms: number, isOverAtChange: boolean): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        this.#resume = ignore;
        stopTimer();
        resolve();
      };
      const stopTimer = ms === NEVER ? ignore : this.#parts.runtime.after(ms, end);
      this.#resume = () => {
        if (isOverAtChange || this.#waiters.size === 0) end();
      };
    });
  }
}
