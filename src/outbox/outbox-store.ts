import type { Failure } from '../core/events/death-reason.ts';
import type { ChannelStats } from '../core/events/message.ts';
import { codeOf } from '../core/reports/errors.ts';
import { ignore } from '../core/runtime/ignore.ts';
import type { PlatformAbortSignal } from '../core/runtime/platform-types.ts';
import { elapsedMs, type Runtime, type Stop } from '../core/runtime/runtime.ts';
import type { OutboxState } from './gate-settings.ts';

/** What a page can show of its outbox. Times are epoch milliseconds. */
export interface OutboxSnapshot {
  /**
   * - `idle`: no request of this context runs.
   * - `sending`: at least one does.
   * - `paused`: by `pause()`, or because the server answered 401 or 403.
   * - `offline`: there is no network, or the server did not answer. It is tried again at `nextAttemptAt`.
   */
  readonly state: OutboxState;
  /** The reason of the pause, or null. */
  readonly pauseReason: string | null;
  /**
   * Events that wait to be sent, also after a failure. The three counts are read while the store has a subscriber. They are
   * null before the first read, and over a backend without the capability `stats`.
   */
  readonly waiting: number | null;
  /** Events that any context is sending. */
  readonly sending: number | null;
  /** Dead letters of the channel. */
  readonly failed: number | null;
  /** The last failure in this context since the last success, or null. */
  readonly lastError: Failure | null;
  /** When this context sends again after a failure. Null if it does not wait for a time. */
  readonly nextAttemptAt: number | null;
}

/** The part of a snapshot that is known without reading the backend. */
export type OutboxStatus = Omit<OutboxSnapshot, 'waiting' | 'sending' | 'failed'>;

/** A store that React, Vue, Svelte and others can read. The functions work when they are destructured, too. */
export interface OutboxView {
  /** The same object until something changes. */
  readonly getSnapshot: () => OutboxSnapshot;
  /** Calls `onChange` now and at each change, until the returned function is called. Errors that it throws are reported to the observer. */
  readonly subscribe: (onChange: (snapshot: OutboxSnapshot) => void) => Stop;
}

/** Live counts of a channel, such as `watchStats(events, channel)` of `ackline/inspection`. */
export interface CountsStore {
  readonly subscribe: (
    listener: (snapshot: { readonly stats: ChannelStats | undefined }) => void,
  ) => Stop;
}

interface Idler {
  /** The number of the first read that shows what was published before the call. */
  readonly fromRead: number;
  readonly settle: (error?: { readonly reason: unknown }) => void;
}

/** Where the store reads from. */
interface OutboxSource {
  readonly runtime: Runtime;
  readonly intervalMs: number;
  readonly readStatus: () => OutboxStatus;
  readonly readCounts: () => Promise<ChannelStats>;
  /** Whether the backend has counts. */
  readonly canCount: boolean;
  /** Where the counts of a subscriber come from instead of reads. */
  readonly counts: CountsStore | undefined;
  readonly onFault: (error: unknown) => void;
}

/** Least time between two reads, in milliseconds. */
const LEAST_GAP_MS = 50;

/** How much longer than a read the time to the next one is, because a read of a long backlog delays what is sent. */
const REST_SHARE = 9;

/**
 * Joins the status of this context with the counts of the backend. The counts are read while a subscriber or a caller of
 * {@link OutboxStore.untilEmpty} waits for them: soon after each change in this context, more and more seldom while events are
 * sent, because the end of a send is stored after its request has ended, and every `intervalMs` for the work of other contexts.
 *
 * Invariant: at most one read is pending or planned. A change during a read plans one more.
 */
export class OutboxStore {
  readonly #source: OutboxSource;
  readonly #subscribers = new Set<(snapshot: OutboxSnapshot) => void>();
  readonly #idlers = new Set<Idler>();
  #snapshot: OutboxSnapshot;
  /** Reads that have begun. */
  #readCount = 0;
  #isReading = false;
  /** The time until the next read while events are sent. It doubles with each read, and is 0 after a change. */
  #gapMs = 0;
  /** The time before which no read begins, by the clock that no correction moves. */
  #restsUntil = 0;
  #stopTimer: Stop = ignore;

  constructor(source: OutboxSource) {
    this.#source = source;
    this.#snapshot = { ...source.readStatus(), waiting: null, sending: null, failed: null };
  }

  readonly view: OutboxView = {
    getSnapshot: () => this.#snapshot,
    subscribe: (onChange) => {
      const subscriber = (snapshot: OutboxSnapshot) => onChange(snapshot);
      this.#subscribers.add(subscriber);
      this.#notify(subscriber);
      const stopCounts = this.#source.counts?.subscribe(({ stats }) => stats && this.#count(stats));
      this.#plan();
      return () => {
        this.#subscribers.delete(subscriber);
        stopCounts?.();
      };
    },
  };

  /** The status of this context may have changed, and the counts with it. */
  readonly refresh = (): void => {
    this.#show({});
    this.#plan();
  };

  /** Resolves when the channel has no event that waits or is sent. Rejects with the reason of `signal`, or a fault of the read. */
  untilEmpty(signal?: PlatformAbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const idler: Idler = {
        fromRead: this.#readCount + 1,
        settle: (error) => {
          this.#idlers.delete(idler);
          signal?.removeEventListener('abort', abort);
          if (error) reject(error.reason);
          else resolve();
        },
      };
      const abort = () => idler.settle({ reason: signal?.reason });
      if (signal?.aborted) return abort();
      signal?.addEventListener('abort', abort);
      this.#idlers.add(idler);
      this.#plan();
    });
  }

  /** A caller of {@link untilEmpty} receives the error of a backend without counts. */
  get #isWatched(): boolean {
    const { canCount, counts } = this.#source;
    return this.#idlers.size > 0 || (canCount && !counts && this.#subscribers.size > 0);
  }

  #plan(): void {
    // A channel of which this context sends an event is not empty.
    if (this.#subscribers.size === 0 && this.#snapshot.state === 'sending') return;
    this.#gapMs = 0;
    if (!this.#isReading) this.#readAfter(0);
  }

  #readAfter(ms: number): void {
    this.#stopTimer();
    if (!this.#isWatched) return;
    const restMs = Math.max(ms, this.#restsUntil - elapsedMs(this.#source.runtime));
    if (restMs > 0) this.#stopTimer = this.#source.runtime.after(restMs, () => void this.#read());
    else void this.#read();
  }

  /** Never rejects. */
  async #read(): Promise<void> {
    this.#isReading = true;
    this.#gapMs = Math.min(this.#gapMs * 2 || LEAST_GAP_MS, this.#source.intervalMs);
    this.#readCount += 1;
    const read = this.#readCount;
    const startedAt = elapsedMs(this.#source.runtime);
    try {
      if (this.#count(await this.#source.readCounts()))
        for (const { fromRead, settle } of this.#idlers) if (fromRead <= read) settle();
    } catch (reason) {
      this.#fail(reason);
    }
    this.#isReading = false;
    const endedAt = elapsedMs(this.#source.runtime);
    this.#restsUntil = endedAt + Math.max(LEAST_GAP_MS, REST_SHARE * (endedAt - startedAt));
    const isBusy = this.#gapMs === 0 || this.#snapshot.sending !== 0;
    this.#readAfter(isBusy ? this.#gapMs : this.#source.intervalMs);
  }

  /** A channel that was shut down has no counts any more. */
  #fail(reason: unknown): void {
    if (codeOf(reason) === 'closed') this.#subscribers.clear();
    else if (this.#idlers.size === 0) this.#source.onFault(reason);
    for (const { settle } of this.#idlers) settle({ reason });
  }

  /** Returns whether nothing waits and nothing is sent. */
  #count({ ready, scheduled, leased, dead }: ChannelStats): boolean {
    this.#show({ waiting: ready + scheduled, sending: leased, failed: dead });
    return ready + scheduled + leased === 0;
  }

  #show(counts: Partial<OutboxSnapshot>): void {
    const before = this.#snapshot;
    const after: OutboxSnapshot = { ...before, ...this.#source.readStatus(), ...counts };
    const names = Object.keys(after) as (keyof OutboxSnapshot)[];
    if (names.every((name) => after[name] === before[name])) return;
    this.#snapshot = after;
    for (const subscriber of this.#subscribers) this.#notify(subscriber);
  }

  /** A page that fails to show a number must not stop its outbox. */
  #notify(subscriber: (snapshot: OutboxSnapshot) => void): void {
    try {
      subscriber(this.#snapshot);
    } catch (error) {
      this.#source.onFault(error);
    }
  }
}
