import type { EventStore } from './event-store.ts';

/** What `ackline/inspection` uses of a queue backend. */
export interface InspectedParts {
  readonly store: EventStore;
  /** Throws if the backend was shut down. */
  readonly requireOpen: () => void;
}
