import type { Observer, ObserverEvent } from '../core/reports/observer.ts';

/** An observer that keeps every event that it receives. */
export interface RecordingObserver extends Observer {
  /** All events so far, oldest first. */
  readonly events: readonly ObserverEvent[];
  /** The events of one type, oldest first. */
  of<T extends ObserverEvent['type']>(type: T): Extract<ObserverEvent, { readonly type: T }>[];
}

/**
 * Records what a channel reports.
 *
 * @example
 * const observer = recordingObserver();
 * const events = new EventChannel({ backend: memoryBackend(), observer });
 * observer.of('handler-error'); // []
 */
export function recordingObserver(): RecordingObserver {
  const events: ObserverEvent[] = [];
  const record = (event: ObserverEvent): void => {
    events.push(event);
  };
  return Object.assign(record, {
    events,
    of: <T extends ObserverEvent['type']>(type: T) =>
      events.filter(
        (event): event is Extract<ObserverEvent, { readonly type: T }> => event.type === type,
      ),
  });
}
