import type { Death } from '../../core/events/lifecycle.ts';
import type { ObserverEvent } from '../../core/reports/observer.ts';
import type { Stop } from '../../core/runtime/runtime.ts';
import type { NewEvent } from '../../queue/event-store.ts';

/** The observers of one store. */
export class Reports {
  readonly #observers = new Set<(event: ObserverEvent) => void>();
  readonly #onUnobserved: () => void;

  /** `onUnobserved` is called when the last observer has left. */
  constructor(onUnobserved: () => void) {
    this.#onUnobserved = onUnobserved;
  }

  observe(report: (event: ObserverEvent) => void): Stop {
    this.#observers.add(report);
    return () => {
      this.#observers.delete(report);
      if (this.#observers.size === 0) this.#onUnobserved();
    };
  }

  report(event: ObserverEvent): void {
    for (const report of this.#observers) report(event);
  }
}

export function deathReport(
  { channel, eventId }: NewEvent,
  { reason, attempts }: Death,
): ObserverEvent {
  return { type: 'dead-lettered', channel, eventId, reason, attempts };
}
