import type { Observer } from 'ackline';
import { EventChannel } from 'ackline';
import { cancelFeature, indexedDbBackend, redriveFeature } from 'ackline/indexeddb';
import type { DemoSchema } from './channels.ts';

export type DemoEvents = EventChannel<DemoSchema>;

/** Far shorter than the defaults, so that a visitor sees a lease expire and a third attempt fail. */
export const LEASE_MS = 6_000;
export const MAX_HOLD_MS = 12_000;
export const MAX_ATTEMPTS = 3;

/** Every tab and worker that opens the same database competes for the same events. */
export function openEvents(observer: Observer): DemoEvents {
  return new EventChannel<DemoSchema>({
    backend: indexedDbBackend({
      database: 'ackline-demo',
      features: [cancelFeature, redriveFeature],
    }),
    leaseMs: LEASE_MS,
    maxHoldMs: MAX_HOLD_MS,
    maxAttempts: MAX_ATTEMPTS,
    observer,
  });
}
