import type { FinalResult } from '../core/events/event-result.ts';
import type { Death, Leased } from '../core/events/lifecycle.ts';
import type { DeadLetter, EventMessage } from '../core/events/message.ts';
import type { Writable } from '../core/runtime/writable.ts';
import type { NewEvent } from './event-store.ts';
import { copyOut, type Isolation } from './isolation.ts';

type Stored = Omit<NewEvent, 'bytes'>;

/** The message that a consumer receives. `isolation` decides how its payload is copied. By default it is not copied. */
export function messageOf(
  event: Stored,
  leased: Leased,
  isolation: Isolation = 'none',
): EventMessage {
  const { eventId, channel, payload, metadata, createdAt, delayMs, ttlMs, key } = event;
  const { priority, after, replayed, redriven } = event;
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
  // These are rare, and spreading them would cost as much as all other properties.
  if (delayMs !== undefined) message.delayMs = delayMs;
  if (ttlMs !== undefined) message.ttlMs = ttlMs;
  if (priority !== undefined) message.priority = priority;
  if (key !== undefined) message.key = key;
  if (after) message.after = copyOut(after as FinalResult, isolation);
  if (replayed) message.replayed = replayed;
  if (redriven) message.redriven = redriven;
  return Object.freeze(message);
}

export function deadLetterOf(event: Stored, { state, ...death }: Death): DeadLetter {
  const { eventId, channel, payload, metadata, createdAt, redriven, after } = event;
  const letter = { eventId, channel, payload, metadata, createdAt, ...death, ...lastingOf(event) };
  return {
    ...letter,
    ...(redriven && { redriven }),
    ...(after && { after: after.eventId }),
  };
}

/** The publish options that an event keeps as a dead letter and when it is redriven, as far as they were set. */
function lastingOf({
  key,
  onDeadLetter,
  retentionMs,
  priority,
}: Pick<Stored, 'key' | 'onDeadLetter' | 'retentionMs' | 'priority'>) {
  return {
    ...(retentionMs !== undefined && { retentionMs }),
    ...(key !== undefined && { key }),
    ...(onDeadLetter !== undefined && { onDeadLetter }),
    ...(priority && { priority }),
  };
}

/** Whether the event is not delivered, because the one that it waited for was not acknowledged. */
export function isBlocked({
  after,
  onDeadLetter,
}: Pick<Stored, 'after' | 'onDeadLetter'>): boolean {
  return after !== undefined && onDeadLetter === 'block' && after.state !== 'acknowledged';
}

/** The event of a dead letter that is put back. */
export function redrivenEventOf(letter: DeadLetter, redrivenAt: number): Stored {
  const { eventId, channel, payload, metadata, createdAt, redriven, after, ...death } = letter;
  const { attempts, reason, note, lastError, diedAt } = death;
  const count = (redriven?.count ?? 0) + 1;
  return {
    ...{ eventId, channel, payload, metadata, createdAt, ...lastingOf(letter) },
    ...(after !== undefined && { after: { eventId: after, state: 'pending' } }),
    redriven: { count, redrivenAt, attempts, reason, note, lastError, diedAt },
  };
}

/** The letter as a caller gets it. */
export function copyOfLetter(letter: DeadLetter, isolation: Isolation): DeadLetter {
  const { payload, metadata } = letter;
  return {
    ...letter,
    payload: copyOut(payload, isolation),
    metadata: metadata && copyOut(metadata, isolation),
  };
}
