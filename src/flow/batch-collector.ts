import type { Delivery } from '../core/delivery/delivery.ts';
import type { HandlerPort, LeasedDelivery } from '../core/listening/handler-port.ts';
import type { ClaimEvents, ListenerWork } from '../core/listening/paced-handler.ts';
import { releaseUnseen, reportUnsettled } from '../core/listening/retry.ts';
import { codeOf, endsConsumers } from '../core/reports/errors.ts';
import { abortedByEither } from '../core/runtime/aborted-by-either.ts';
import { ignore } from '../core/runtime/ignore.ts';
import { partOf } from '../core/runtime/part-of.ts';
import type { PlatformAbortSignal } from '../core/runtime/platform-types.ts';
import type { Stop } from '../core/runtime/runtime.ts';
import { throwIfAborted } from '../core/runtime/throw-if-aborted.ts';
import { type BatchHandler, checkResults } from './batch-results.ts';

interface BatchSettings {
  readonly size: number;
  readonly maxWaitMs: number;
  /** Batches that run at the same time. */
  readonly concurrency: number;
}

/** A delivery that was collected. Its listener waits until one of the functions is called. */
interface Collected {
  readonly delivery: Delivery;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Collects the deliveries of one listener and starts a batch when it is full, when its first delivery has waited for
 * `maxWaitMs`, or when the listener drains and no event is due.
 *
 * States of a delivery: collected, its batch runs, ended. Invariants: at most `concurrency` batches run. While so many run,
 * nothing is collected and nothing is claimed. One claim of the source is pending at a time, because the listener waits for
 * it.
 */
export class BatchCollector {
  readonly #handler: BatchHandler;
  readonly #settings: BatchSettings;
  readonly #work: Pick<ListenerWork, 'source' | 'startLimit'>;
  readonly #port: HandlerPort;
  /** The deliveries of the batch that has not started. */
  #collected: Collected[] = [];
  #runningCount = 0;
  #stopTimer: Stop = ignore;
  /** Ends the pending claim, because no batch can be collected any more. */
  #full = new AbortController();
  /** Ends the wait for the end of a batch. */
  #onEnd: () => void = ignore;
  /** The signal of the last claim. */
  #signal: PlatformAbortSignal | undefined;

  constructor(
    handler: BatchHandler,
    settings: BatchSettings,
    work: Pick<ListenerWork, 'source' | 'startLimit'>,
    port: HandlerPort,
  ) {
    this.#handler = handler;
    this.#settings = settings;
    this.#work = work;
    this.#port = port;
  }

  /** How many events may be claimed. */
  get #free(): number {
    const { size, concurrency } = this.#settings;
    return this.#runningCount < concurrency ? size - this.#collected.length : 0;
  }

  /** The claim of the listener. */
  readonly claim: ClaimEvents = async (limit, waitMs, settings, signal) => {
    this.#follow(signal);
    for (;;) {
      throwIfAborted(signal);
      if (this.#free <= 0) {
        await this.#untilEnd();
        continue;
      }
      const claimed = await this.#claimUntilFull(
        Math.min(limit, this.#free),
        waitMs,
        settings,
        signal,
      );
      if (!claimed) continue;
      // The listener drains, and nothing more is due.
      if (claimed.length === 0 && waitMs === 0) this.#start();
      return claimed;
    }
  };

  /** The handler of the listener: resolves or rejects when the batch of `delivery` has ended. */
  readonly collect = (delivery: Delivery): Promise<void> =>
    new Promise((resolve, reject) => {
      const { size, maxWaitMs } = this.#settings;
      const count = this.#collected.push({ delivery, resolve, reject });
      if (count >= size) this.#start();
      else if (count === 1) this.#stopTimer = this.#after(maxWaitMs, () => this.#start());
    });

  /** The listener starts all deliveries of a claim in the same microtask, so a wait of 0 ms is over after it. */
  #after(ms: number, run: () => void): Stop {
    if (ms > 0) return this.#port.runtime.after(ms, run);
    let isStopped = false;
    void Promise.resolve().then(() => {
      if (!isStopped) run();
    });
    return () => {
      isStopped = true;
    };
  }

  /** Undefined if the claim was ended because a batch has started. What it still returned was released. */
  async #claimUntilFull(
    ...[limit, waitMs, settings, signal]: Parameters<ClaimEvents>
  ): Promise<LeasedDelivery[] | undefined> {
    const full = new AbortController();
    this.#full = full;
    const ending = abortedByEither(signal, full.signal);
    try {
      const claimed = await this.#work.source.claim(limit, waitMs, settings, ending.signal);
      if (!full.signal.aborted) return claimed;
      await releaseUnseen(claimed, this.#port);
      return undefined;
    } catch (error) {
      if (full.signal.aborted && error === full.signal.reason) return undefined;
      // The backend was shut down and has released its leases, or the group was deleted with them.
      if (endsConsumers(error)) this.#release();
      throw error;
    } finally {
      ending.forget();
    }
  }

  #untilEnd(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEnd = resolve;
    });
  }

  /** A paused or stopped listener starts no handler. The signal also aborts when a drain begins, which starts the batch. */
  #follow(signal: PlatformAbortSignal): void {
    if (this.#signal === signal) return;
    this.#signal = signal;
    signal.addEventListener('abort', () => {
      this.#onEnd();
      if (partOf(signal.reason, 'message') !== 'running') this.#release();
    });
  }

  #takeCollected(): Collected[] {
    this.#stopTimer();
    const collected = this.#collected;
    this.#collected = [];
    return collected;
  }

  #start(): void {
    const collected = this.#takeCollected();
    const held: Collected[] = [];
    for (const one of collected)
      if (one.delivery.signal.aborted) one.resolve();
      else held.push(one);
    if (held.length > 0) void this.#run(held);
  }

  async #run(batch: readonly Collected[]): Promise<void> {
    this.#runningCount += 1;
    if (this.#free <= 0) this.#full.abort();
    const end = await this.#handle(batch);
    this.#runningCount -= 1;
    for (const [index, { resolve, reject }] of batch.entries()) {
      const result = end?.[index];
      if (result?.status === 'rejected') reject(result.reason);
      else resolve();
    }
    this.#onEnd();
  }

  /** Calls the handler and resolves with its results. Never rejects. */
  async #handle(batch: readonly Collected[]): Promise<ReturnType<typeof checkResults>> {
    try {
      for (const { delivery } of batch) this.#work.startLimit?.onStart(delivery);
      const results = await this.#handler(batch.map(({ delivery }) => delivery));
      return checkResults(results, batch.length);
    } catch (reason) {
      return batch.map(() => ({ status: 'rejected', reason }));
    }
  }

  /** Nacks what was collected. No handler has received it, so the attempt does not count if the backend can do that. */
  #release(): void {
    const options = this.#port.capabilities.countsAsAttempt && { countsAsAttempt: false };
    for (const { delivery, resolve } of this.#takeCollected())
      void delivery
        .nack(options || undefined)
        .catch((error: unknown) => {
          if (codeOf(error) !== 'closed') reportUnsettled(delivery, error, this.#port);
        })
        .then(resolve);
  }
}
