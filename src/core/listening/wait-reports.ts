import { elapsedMs, type Stop } from '../runtime/runtime.ts';
import type { HandlerPort, LeasedDelivery } from './handler-port.ts';

/** Milliseconds after which the wait for a handler is reported. */
const REPORT_AFTER_MS = 5_000;

/**
 * Reports the handlers that a `stop()`, `drain()` or `shutdown()` waits for. Each handler is reported once a wait, after
 * {@link REPORT_AFTER_MS}. A handler that starts during the wait is reported within twice that time.
 */
export class WaitReports {
  readonly #port: HandlerPort;
  readonly #running: () => LeasedDelivery[];
  /** When the wait for each running handler began. Null after the handler was reported. */
  #waits = new Map<LeasedDelivery, number | null>();
  /** Set while a caller waits for a handler. */
  #stopTimer: Stop | undefined;

  constructor(port: HandlerPort, running: () => LeasedDelivery[]) {
    this.#port = port;
    this.#running = running;
  }

  /** Call it when a wait begins, and during the wait after a handler has started. Handlers that end at once need no timer. */
  begin(): void {
    if (this.#stopTimer) return;
    this.#check();
  }

  end(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#waits.clear();
  }

  #check(): void {
    const now = elapsedMs(this.#port.runtime);
    const before = this.#waits;
    this.#waits = new Map();
    for (const handle of this.#running()) {
      const since = before.get(handle);
      this.#waits.set(handle, since === undefined ? now : null);
      if (typeof since !== 'number') continue;
      const { channel, eventId } = handle;
      const waitedMs = now - since;
      this.#port.report({ type: 'waiting-for-handler', channel, eventId, waitedMs });
    }
    this.#stopTimer = undefined;
    if (this.#waits.size > 0)
      this.#stopTimer = this.#port.runtime.after(REPORT_AFTER_MS, () => this.#check());
  }
}
