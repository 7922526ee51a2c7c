import type { BrowsedEvent } from '../core/protocols/browsed-page.ts';
import type { EventStore } from './event-store.ts';
import type { Notifier } from './notifier.ts';

/** What `ackline/inspection` and `ackline/groups` use of a queue backend. */
export interface InspectedParts {
  readonly store: EventStore;
  readonly notifier: Notifier;
  /** Throws if the backend was shut down. */
  readonly requireOpen: () => void;
  /** An event as `browse` shows it, or the promise of it. Set by a decorator of the backend. Default: as it is stored. */
  readonly shown?: (event: BrowsedEvent) => BrowsedEvent | PromiseLike<BrowsedEvent>;
}
