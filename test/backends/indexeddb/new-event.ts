import type { NewEvent } from '../../../src/queue/event-store.ts';

/** A plain event of channel `a` that a store is about to append. */
export function newEvent(given: Partial<NewEvent> = {}): NewEvent {
  return {
    ...{ eventId: 'e', channel: 'a', payload: 1, metadata: null, createdAt: 1_000, bytes: 8 },
    ...given,
  };
}
