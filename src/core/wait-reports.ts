import type { HandlerPort, LeasedDelivery } from './handler-port.ts';
import { elapsedMs, type Stop } from './runtime.ts';

/** After so many milliseconds a wait for a handler is reported. */
const REPORT_AFTER_MS = 5_000;

/**
 * Reports the handlers that a `stop()`, `drain()` or `shutdown()` waits for: each once a wait, when it has been waited
 * for {@link REPORT_AFTER_MS}; one that starts during the wait, within twice that.
 */
export class WaitReports {
  readonly #port: HandlerPort;
  readonly #running: () => LeasedDelivery[];
  /** Since when each running handler is waited for; null once it is reported. */
  #waits = new Map<LeasedDelivery, number | null>();
  /** Set while a handler is waited for. */
  #stopTimer: Stop | undefined;

  constructor(port: HandlerPort, running: () => LeasedDelivery[]) {
    this.#port = port;
    this.#running = running;
  }

  /** To be called when a wait begins, and during it after a handler has started. Handlers that end at once need no timer. */
  begin(): void {
    if (this.#stopTimer) return;
    this.#look();
  }

  end(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#waits.clear();
  }

  #look(): void {
    const now = elapsedMs(this.#port.runtime);
    const before = this.#waits;
    this.#waits = new Map();
    for (const handout of this.#running()) {
      const since = before.get(handout);
      this.#waits.set(handout, since === undefined ? now : null);
      if (typeof since === 'number') this.#report(handout, now - since);
    }
    this.#stopTimer = undefined;
    if (this.#waits.size > 0)
      this.#stopTimer = this.#port.runtime.after(REPORT_AFTER_MS, () => this.#look());
  }

  #report({ channel, eventId }: LeasedDelivery, waitedMs: number): void {
    this.#port.report({ type: 'waiting-for-handler', channel, eventId, waitedMs });
  }
}
