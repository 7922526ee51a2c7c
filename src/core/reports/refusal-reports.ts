import type { DeadReason } from '../events/death-reason.ts';
import type { DeadLetter, EventMessage } from '../events/message.ts';
import type { Stop } from '../runtime/runtime.ts';
import { type Observer, type ObserverEvent, safeObserver } from './observer.ts';

/**
 * Reports to the observers of a decorated backend which dead letters the decorator made, and what it failed to do. The store
 * keeps the reason `rejected` for them.
 */
export class RefusalReports {
  readonly #observers = new Set<(event: ObserverEvent) => void>();
  /** Events that the decorator is rejecting. */
  readonly #refused = new Set<string>();
  readonly #source: { observe?(observer: Observer): Stop };
  readonly #reason: DeadReason;

  constructor(source: { observe?(observer: Observer): Stop }, reason: DeadReason) {
    this.#source = source;
    this.#reason = reason;
  }

  /** The `observe` of the decorated backend. */
  readonly observe = (observer: Observer): Stop => {
    const report = safeObserver(observer);
    this.#observers.add(report);
    const stop = this.#source.observe?.((event) => report(this.#named(event)));
    return () => {
      this.#observers.delete(report);
      stop?.();
    };
  };

  readonly report = (event: ObserverEvent): void => {
    for (const report of this.#observers) report(event);
  };

  /** The decorator failed for an event, or the event could not be settled. */
  fault(channel: string, during: 'dequeue' | 'settle', error: unknown): void {
    this.report({ type: 'fault', during, channel, error });
  }

  /** The decorator rejects a message, until the returned function is called. */
  refusing({ eventId }: EventMessage): Stop {
    this.#refused.add(eventId);
    return () => this.#refused.delete(eventId);
  }

  #named(event: ObserverEvent): ObserverEvent {
    const isRefused = event.type === 'dead-lettered' && this.#refused.has(event.eventId);
    return isRefused ? { ...event, reason: this.#reason } : event;
  }
}

/** Whether a decorator rejected the event: the store keeps the reason `rejected` and the name of its error. */
export function isRefused(
  { reason, lastError }: Pick<DeadLetter, 'lastError'> & Partial<DeadLetter>,
  errorName: string,
): boolean {
  return reason === 'rejected' && lastError?.name === errorName;
}
