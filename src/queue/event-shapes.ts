import type { Death, Leased } from '../core/lifecycle.ts';
import type { DeadLetter, EventMessage } from '../core/message.ts';
import type { Writable } from '../core/writable.ts';
import type { NewEvent } from './event-store.ts';
import { copyOut, type Isolation } from './isolation.ts';

type Stored = Omit<NewEvent, 'bytes'>;

/** The message that a consumer receives, its payload as the isolation says; by default it is the consumer's own already. */
export function messageOf(
  event: Stored,
  leased: Leased,
  isolation: Isolation = 'none',
): EventMessage {
  const { eventId, channel, payload, metadata, createdAt, delayMs, replayed } = event;
  const { attempts, availableAt, leaseExpiresAt, lease } = leased;
  const message: Writable<EventMessage> = {
    eventId,
    channel,
    payload: copyOut(payload, isolation),
    metadata: metadata && copyOut(metadata, isolation),
    attempts,
    availableAt,
    leaseExpiresAt,
    createdAt,
    lease,
  };
  // Spread in, two that are seldom there would cost as much as all the others.
  if (delayMs !== undefined) message.delayMs = delayMs;
  if (replayed) message.replayed = replayed;
  return Object.freeze(message);
}

export function deadLetterOf(event: Stored, { state, ...death }: Death): DeadLetter {
  const { eventId, channel, payload, metadata, createdAt } = event;
  return { eventId, channel, payload, metadata, createdAt, ...death };
}
