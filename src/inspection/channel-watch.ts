import { codeOf } from '../core/reports/errors.ts';
import { ignore } from '../core/runtime/ignore.ts';
import { elapsedMs, type Runtime, type Stop } from '../core/runtime/runtime.ts';
import type { MaybePromise } from '../queue/event-store.ts';
import type { InspectionSource } from '../queue/inspection-source.ts';

/** What is known of a channel. */
export interface WatchedSnapshot {
  /** The error of the last read. Absent if it succeeded. */
  readonly error?: unknown;
  /** Whether the backend was shut down: nothing changes any more. */
  readonly isEnded: boolean;
}

/** What a read found. `againAt`: when it will change by itself, by the clock. */
export interface ChannelRead<Snapshot> {
  readonly next: Snapshot;
  readonly againAt: number;
}

/** Least time between two reads, in milliseconds. */
const LEAST_REST_MS = 500;
/** A read is followed by a rest of this many times its duration, so that reads take a small share of the time. */
const REST_SHARE = 50;
const LONGEST_REST_MS = 5_000;
/** A read after a change is confirmed by one more, because a change at the same time may have sent no signal. */
const CONFIRM_MS = 1_000;
const RETRY_MS = 5_000;

const NEVER = Number.POSITIVE_INFINITY;

export interface ChannelWatchParts<Snapshot extends WatchedSnapshot> {
  readonly channel: string;
  readonly runtime: Runtime;
  /** The source to read. Throws or rejects with `closed` after the shutdown of the backend. */
  readonly open: () => MaybePromise<InspectionSource>;
  readonly read: (source: InspectionSource, now: () => number) => Promise<ChannelRead<Snapshot>>;
  /** Whether two reads without an error found the same. */
  readonly isSame: (a: Snapshot, b: Snapshot) => boolean;
  /** What was known before. */
  readonly before: Snapshot;
  /** Must not throw. */
  readonly onSnapshot: (snapshot: Snapshot) => void;
}

/**
 * Reads something of one channel from its creation until `stop`, or until the backend is shut down.
 *
 * It reads, rests, and waits: for a change, for the time when the next scheduled event is due, or for the confirmation of the
 * last read. A change during the read or the rest ends the wait before it begins. No timer is set while nothing can change.
 */
export class ChannelWatch<Snapshot extends WatchedSnapshot> {
  readonly #parts: ChannelWatchParts<Snapshot>;
  #isStopped = false;
  #hasChanged = true;
  /** Ends the present pause. */
  #resume: () => void = ignore;
  #stopWatch: Stop = ignore;

  constructor(parts: ChannelWatchParts<Snapshot>) {
    this.#parts = parts;
    void this.#run();
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopWatch();
    this.#resume();
  }

  async #run(): Promise<void> {
    let snapshot = this.#parts.before;
    while (!this.#isStopped) {
      const { runtime, onSnapshot } = this.#parts;
      const startedAt = elapsedMs(runtime);
      const hadChanged = this.#hasChanged;
      this.#hasChanged = false;
      const { next, againAt } = await this.#read(snapshot);
      if (this.#isStopped) return;
      const isNew = !this.#isSame(snapshot, next);
      snapshot = isNew ? next : snapshot;
      if (isNew) onSnapshot(snapshot);
      if (snapshot.isEnded) return this.stop();
      const restMs = REST_SHARE * (elapsedMs(runtime) - startedAt);
      await this.#pause(Math.min(Math.max(restMs, LEAST_REST_MS), LONGEST_REST_MS), false);
      const confirmMs = hadChanged || isNew ? CONFIRM_MS - LEAST_REST_MS : NEVER;
      const leftMs = Math.max(0, againAt - runtime.now());
      if (!this.#hasChanged) await this.#pause(Math.min(confirmMs, leftMs), true);
    }
  }

  /** Never rejects. */
  async #read(before: Snapshot): Promise<ChannelRead<Snapshot>> {
    const { open, read, runtime } = this.#parts;
    try {
      const source = await open();
      if (this.#isStopped) return { next: before, againAt: NEVER };
      this.#watch(source);
      return await read(source, () => runtime.now());
    } catch (error) {
      const isEnded = codeOf(error) === 'closed';
      const { error: _, ...known } = before;
      const next = { ...known, ...(!isEnded && { error }), isEnded } as Snapshot;
      return { next, againAt: runtime.now() + RETRY_MS };
    }
  }

  #isSame(a: Snapshot, b: Snapshot): boolean {
    return a.isEnded === b.isEnded && a.error === b.error && this.#parts.isSame(a, b);
  }

  /** Asks for the next change before the read that follows. */
  #watch(source: InspectionSource): void {
    this.#stopWatch();
    const watch = source.watch(this.#parts.channel, () => {
      this.#hasChanged = true;
      this.#resume();
    });
    this.#stopWatch = watch.stop;
    watch.next();
  }

  /** `isOverAtChange`: whether a change ends the pause. */
  #pause(ms: number, isOverAtChange: boolean): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isStopped) return resolve();
      const stopTimer = ms === NEVER ? ignore : this.#parts.runtime.after(ms, () => end());
      const end = () => {
        this.#resume = ignore;
        stopTimer();
        resolve();
      };
      this.#resume = () => {
        if (isOverAtChange || this.#isStopped) end();
      };
    });
  }
}
