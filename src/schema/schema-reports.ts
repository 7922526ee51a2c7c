import { ignore } from '../core/ignore.ts';
import type { DeadLetter, EventMessage } from '../core/message.ts';
import { type Observer, type ObserverEvent, safeObserver } from '../core/observer.ts';
import type { Stop } from '../core/runtime.ts';
import { SchemaError } from './schema-error.ts';

/** Reports to the observers of a backend with schemas which dead letters are invalid, and which checks failed. */
export class SchemaReports {
  readonly #observers = new Set<(event: ObserverEvent) => void>();
  /** Events that are being rejected because their payload does not fit. */
  readonly #invalid = new Set<string>();
  readonly #source: { observe?(observer: Observer): Stop };

  constructor(source: { observe?(observer: Observer): Stop }) {
    this.#source = source;
  }

  /** The `observe` of the backend with schemas. */
  readonly observe = (observer: Observer): Stop => {
    const report = safeObserver(observer);
    this.#observers.add(report);
    const stop = this.#source.observe?.((event) => report(this.#named(event)));
    return () => {
      this.#observers.delete(report);
      stop?.();
    };
  };

  /** The schema or `migrate` failed for an event, or the event could not be settled. */
  fault(channel: string, during: 'dequeue' | 'settle', error: unknown): void {
    for (const report of this.#observers) report({ type: 'fault', during, channel, error });
  }

  /** A message is settled because of `thrown`, until the returned function is called. */
  refusing({ eventId }: EventMessage, thrown: unknown): Stop {
    if (!(thrown instanceof SchemaError)) return ignore;
    this.#invalid.add(eventId);
    return () => this.#invalid.delete(eventId);
  }

  #named(event: ObserverEvent): ObserverEvent {
    const isInvalid = event.type === 'dead-lettered' && this.#invalid.has(event.eventId);
    return isInvalid ? { ...event, reason: 'invalid' } : event;
  }
}

/** The store keeps the reason `rejected` and the error. The error shows that the schema refused the payload. */
export function namedLetter<Letter extends Pick<DeadLetter, 'lastError'> & Partial<DeadLetter>>(
  letter: Letter,
): Letter {
  const isInvalid = letter.reason === 'rejected' && letter.lastError?.name === 'SchemaError';
  return isInvalid ? { ...letter, reason: 'invalid' } : letter;
}
