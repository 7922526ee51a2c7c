import type { ResolvedSettings } from '../options/options.ts';
import type { HandlerPort, LeasedDelivery } from './handler-port.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { WaitReports } from './wait-reports.ts';

/**
 * A handler that is still not settled after this many microtask ticks gets a timer. In memory a handler that publishes ends
 * within them. The number decides only about cost: a wrong one sets a timer too many, see docs/decisions/0042.
 */
const TICKS_WITHOUT_TIMER = 16;

/**
 * Extends the leases of one listener's handlers that run for long, and reports those that a caller waits for.
 *
 * States: idle; planned, while a timer of zero milliseconds is about to be set or is set. One timer serves all handlers
 * that start before it fires. Most handlers end before it fires, so they need no timer of their own.
 */
export class LongHandlers {
  /** Deliveries whose handler runs or whose event is being settled. The owner changes the set. */
  readonly #deliveries: ReadonlySet<LeasedDelivery>;
  readonly #settings: ResolvedSettings;
  readonly #port: HandlerPort;
  readonly #reports: WaitReports;
  readonly #keepers = new Map<LeasedDelivery, LeaseKeeper>();
  #isAwaited = false;
  #isEnded = false;
  #isPlanned = false;
  /** Whether another handler has started since the state planned began. Then one timer is cheaper than ticks for each handler. */
  #isBurst = false;

  /** The owner of `deliveries` calls {@link started} and {@link ended} when it changes the set. */
  constructor(
    deliveries: ReadonlySet<LeasedDelivery>,
    settings: ResolvedSettings,
    port: HandlerPort,
  ) {
    this.#deliveries = deliveries;
    this.#settings = settings;
    this.#port = port;
    this.#reports = new WaitReports(port, () =>
      [...deliveries].filter(({ isHandled, isLost }) => !isHandled && !isLost),
    );
  }

  /**
   * Whether a caller waits in `stop()`, `drain()` or `shutdown()` until all handlers have ended. Leases are then kept while
   * events are settled, too. A settlement that the backend never answers thus ends after `maxHoldMs`, and so does the wait.
   */
  set isAwaited(isAwaited: boolean) {
    this.#isAwaited = isAwaited;
    if (isAwaited) {
      this.#reports.begin();
      this.#keepLeases();
    } else this.#reports.end();
  }

  started(): void {
    if (this.#isPlanned) this.#isBurst = true;
    else void this.#plan();
  }

  /** The delivery needs no keeper any more: its event is settled, or its lease is lost. */
  ended(delivery: LeasedDelivery): void {
    this.#keepers.get(delivery)?.stop();
    this.#keepers.delete(delivery);
  }

  /** No lease is kept from now on, though handlers may still run. */
  end(): void {
    this.#isEnded = true;
    for (const keeper of this.#keepers.values()) keeper.stop();
    this.#keepers.clear();
  }

  async #plan(): Promise<void> {
    this.#isPlanned = true;
    for (let ticks = 0; ticks < TICKS_WITHOUT_TIMER; ticks += 1) await undefined;
    if (this.#deliveries.size > 0 || this.#isBurst)
      await new Promise<void>((resolve) => this.#port.runtime.after(0, resolve));
    this.#isPlanned = false;
    this.#isBurst = false;
    if (this.#isAwaited) this.#reports.begin();
    this.#keepLeases();
  }

  #keepLeases(): void {
    if (this.#isEnded || !this.#port.capabilities.extend) return;
    for (const delivery of this.#deliveries)
      if (this.#needsKeeper(delivery))
        this.#keepers.set(delivery, new LeaseKeeper(delivery, this.#settings, this.#port));
  }

  #needsKeeper(delivery: LeasedDelivery): boolean {
    if (this.#keepers.has(delivery) || delivery.isLost) return false;
    return this.#isAwaited || !delivery.isHandled;
  }
}
