import { EventChannel, type Observer } from 'ackline';
import { type IndexedDbBackend, indexedDbBackend } from 'ackline/indexeddb';
import type { TourSchema } from './tab-messages.ts';

/** Short, so that a visitor sees a lease being extended. */
export const LEASE_MS = 4_000;

export interface Tour {
  readonly events: EventChannel<TourSchema>;
  readonly backend: IndexedDbBackend;
}

/** The page and the tabs in its frames open the same database, as tabs of an application do. */
export function openTour(observer: Observer = () => undefined): Tour {
  const backend = indexedDbBackend({ database: 'ackline-tour' });
  const settings = { leaseMs: LEASE_MS, maxHoldMs: 20_000, backoffBaseMs: 1_500 };
  return { events: new EventChannel<TourSchema>({ backend, observer, ...settings }), backend };
}
