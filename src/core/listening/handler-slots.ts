import type { AsyncEventHandler } from '../delivery/delivery.ts';
import type { ResolvedSettings } from '../options/options.ts';
import { hold } from '../runtime/hold.ts';
import { ignore } from '../runtime/ignore.ts';
import type { Stop } from '../runtime/runtime.ts';
import type { HandlerPort, LeasedDelivery } from './handler-port.ts';
import { LongHandlers } from './long-handlers.ts';
import { reportUnsettled } from './retry.ts';
import { type HandlerWatcher, runHandler } from './run-handler.ts';

/**
 * Counts the handlers of one listener, and how many more may start.
 *
 * States of a delivery: its handler runs, its event is being settled, ended. A lost lease does not change the state, but no
 * caller waits for such a handler. The slot of a handler that returned is free at once. A handler that threw keeps its slot
 * until its event is settled, so that the listener cannot claim a later event before the failed one is due again.
 *
 * Invariants: `#deliveries` holds exactly the deliveries that have not ended. At most `concurrency` handlers run, and
 * `#deliveries` has at most twice as many entries.
 */
export class HandlerSlots implements HandlerWatcher {
  /** Deliveries that have ended since the listener was made. */
  endedCount = 0;
  readonly #handler: AsyncEventHandler;
  readonly #settings: ResolvedSettings;
  readonly #port: HandlerPort;
  readonly #onFailed: (attempts: number) => void;
  readonly #deliveries = new Set<LeasedDelivery>();
  readonly #longHandlers: LongHandlers;
  /** Deliveries whose handler has returned, and whose event is being settled. */
  #settlingCount = 0;
  /** Deliveries that have not ended, but have lost their lease. */
  #lostCount = 0;
  /** Whether {@link release} has ended: handlers may still run, but this listener leases nothing. */
  #isReleased = false;
  /** Lets the process end. Set while {@link isWorking}, unless `keepAlive` is false. */
  #endHold: Stop | undefined;
  /** Ends the wait of {@link untilNext}. */
  #endWait: () => void = ignore;

  constructor(
    handler: AsyncEventHandler,
    settings: ResolvedSettings,
    port: HandlerPort,
    onFailed: (attempts: number) => void,
  ) {
    this.#handler = handler;
    this.#settings = settings;
    this.#port = port;
    this.#onFailed = onFailed;
    this.#longHandlers = new LongHandlers(this.#deliveries, settings, port);
  }

  /** Whether a caller waits until all handlers have ended, see {@link LongHandlers.isAwaited}. */
  set isAwaited(isAwaited: boolean) {
    this.#longHandlers.isAwaited = isAwaited;
  }

  /** How many handlers may start. */
  get free(): number {
    const { concurrency } = this.#settings;
    return Math.min(this.#settlingCount, concurrency) + concurrency - this.#deliveries.size;
  }

  /** Whether a delivery with a lease has not ended. */
  get isWorking(): boolean {
    return !this.#isReleased && this.#deliveries.size > this.#lostCount;
  }

  start(delivery: LeasedDelivery): void {
    this.#deliveries.add(delivery);
    delivery.onLost = this.#onLost;
    if (this.#settings.keepAlive) this.#endHold ??= hold(this.#port.runtime);
    void runHandler(delivery, this.#handler, this.#settings, this.#port, this);
    this.#longHandlers.started();
  }

  /** Resolves at the next change: a handler returns, a delivery ends or loses its lease, or {@link wake} is called. */
  untilNext(): Promise<void> {
    return new Promise((resolve) => {
      this.#endWait = resolve;
    });
  }

  wake(): void {
    this.#endWait();
  }

  /** Aborts all handlers and nacks their events. Resolves when this listener leases nothing; its handlers may still run. */
  async release(): Promise<void> {
    const reason = new DOMException('the listener was stopped', 'AbortError');
    const deliveries = [...this.#deliveries];
    await Promise.all(deliveries.map((delivery) => this.#release(delivery, reason)));
    this.#isReleased = true;
    this.#longHandlers.end();
    this.#noteChange();
  }

  /** Awaits a settlement in progress. The event is nacked only if that settlement failed. */
  async #release(delivery: LeasedDelivery, reason: unknown): Promise<void> {
    delivery.abort(reason);
    try {
      if (delivery.settling) await delivery.settling.catch(ignore);
      if (!delivery.isSettled) await delivery.settle('nack');
    } catch (error) {
      reportUnsettled(delivery, error, this.#port);
    }
  }

  returned(): void {
    this.#settlingCount += 1;
    this.wake();
  }

  ended(delivery: LeasedDelivery, hasFailed: boolean): void {
    if (hasFailed) this.#onFailed(delivery.message.attempts);
    else this.#settlingCount -= 1;
    this.#longHandlers.ended(delivery);
    this.#deliveries.delete(delivery);
    if (delivery.isLost) this.#lostCount -= 1;
    this.endedCount += 1;
    this.#noteChange();
  }

  readonly #onLost = (delivery: LeasedDelivery): void => {
    // With `autoAck: false` a delivery may lose its lease after it has ended.
    if (!this.#deliveries.has(delivery)) return;
    this.#longHandlers.ended(delivery);
    this.#lostCount += 1;
    this.#noteChange();
  };

  #noteChange(): void {
    if (!this.isWorking) {
      this.#endHold?.();
      this.#endHold = undefined;
    }
    this.wake();
  }
}
