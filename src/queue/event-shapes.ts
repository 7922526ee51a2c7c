import type { Death, Leased } from '../core/lifecycle.ts';
import type { DeadLetter, EventMessage } from '../core/message.ts';
import type { NewEvent } from './event-store.ts';
import { handOut, type Isolation } from './isolation.ts';

type Stored = Omit<NewEvent, 'bytes'>;

/** The message that a consumer receives, its payload as the isolation says; by default it is the consumer's own already. */
export function messageOf(
  event: Stored,
  leased: Leased,
  isolation: Isolation = 'none',
): EventMessage {
  const { eventId, channel, payload, metadata, createdAt, delayMs, replayed } = event;
  const { attempts, availableAt, leaseExpiresAt, lease } = leased;
  return Object.freeze({
    eventId,
    channel,
    payload: handOut(payload, isolation),
    metadata: metadata && handOut(metadata, isolation),
    attempts,
    availableAt,
    leaseExpiresAt,
    createdAt,
    lease,
    ...(delayMs !== undefined && { delayMs }),
    ...(replayed && { replayed }),
  });
}

export function deadLetterOf(event: Stored, { state, ...death }: Death): DeadLetter {
  const { eventId, channel, payload, metadata, createdAt } = event;
  return { eventId, channel, payload, metadata, createdAt, ...death };
}
