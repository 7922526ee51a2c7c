import type { Death, Leased } from '../core/lifecycle.ts';
import type { DeadLetter, EventMessage } from '../core/message.ts';
import type { NewEvent } from './event-store.ts';

type Stored = Omit<NewEvent, 'bytes'>;

/** The message that a consumer receives; the payload must already be the consumer's own. */
export function messageOf(event: Stored, leased: Leased): EventMessage {
  const { attempts, availableAt, leaseExpiresAt, lease } = leased;
  return Object.freeze({ ...event, attempts, availableAt, leaseExpiresAt, lease });
}

export function deadLetterOf(event: Stored, { state, ...death }: Death): DeadLetter {
  const { eventId, channel, payload, metadata, createdAt } = event;
  return { eventId, channel, payload, metadata, createdAt, ...death };
}
