import type { EventStore } from './event-store.ts';
import type { Notifier } from './notifier.ts';

/** What `ackline/inspection` and `ackline/groups` use of a queue backend. */
export interface InspectedParts {
  readonly store: EventStore;
  readonly notifier: Notifier;
  /** Throws if the backend was shut down. */
  readonly requireOpen: () => void;
}
