import type { Death, Leased } from '../core/lifecycle.ts';
import type { DeadLetter, EventMessage } from '../core/message.ts';
import type { NewEvent } from './event-store.ts';

type Stored = Omit<NewEvent, 'bytes'>;

/** The message that a consumer receives; the payload must already be the consumer's own. */
export function messageOf(event: Stored, leased: Leased): EventMessage {
  return Object.freeze({
    eventId: event.eventId,
    channel: event.channel,
    payload: event.payload,
    metadata: event.metadata,
    attempts: leased.attempts,
    availableAt: leased.availableAt,
    leaseExpiresAt: leased.leaseExpiresAt,
    createdAt: event.createdAt,
    lease: leased.lease,
    ...(event.delayMs !== undefined && { delayMs: event.delayMs }),
  });
}

export function deadLetterOf(event: Stored, death: Death): DeadLetter {
  return {
    eventId: event.eventId,
    channel: event.channel,
    payload: event.payload,
    metadata: event.metadata,
    createdAt: event.createdAt,
    attempts: death.attempts,
    reason: death.reason,
    note: death.note,
    lastError: death.lastError,
    diedAt: death.diedAt,
  };
}
