import type { DeadReason, Failure } from './death-reason.ts';
import type { Lease } from './message.ts';

/**
 * The life of an event as pure functions: from its state, a command and the time they compute its next state. Every backend
 * that stores events uses them. docs/architecture.md has the picture. fencing-token.ts decides whether a consumer may give
 * the command.
 */

/** An event that is not leased. Times are epoch milliseconds. */
export interface Waiting {
  readonly attempts: number;
  readonly availableAt: number;
  readonly lastError: Failure | null;
}

/** An event that one consumer leases. */
export interface Leased extends Waiting {
  readonly lease: Lease;
  readonly leaseExpiresAt: number;
  /** The setting of the consumer that leases the event. */
  readonly maxAttempts: number;
}

export interface LeaseTerms {
  readonly lease: Lease;
  readonly leaseMs: number;
  readonly maxAttempts: number;
}

/** What the consumer that leases an event may ask for. */
export type Command =
  /** `reply` goes to the publisher that waits for receipts, or is kept with the result. A store without both ignores it. */
  | { readonly verb: 'ack'; readonly reply?: unknown }
  | { readonly verb: 'nack'; readonly delayMs: number; readonly error: Failure | null }
  /** A nack whose attempt does not count. */
  | { readonly verb: 'postpone'; readonly delayMs: number; readonly error: Failure | null }
  | { readonly verb: 'reject'; readonly note: string | null; readonly error: Failure | null }
  | { readonly verb: 'extend'; readonly ms: number }
  /** The event was leased, but no consumer received it. The attempt does not count. */
  | { readonly verb: 'release' }
  /** The event was leased, but becomes a dead letter. No consumer received it, and the attempt does not count. */
  | { readonly verb: 'bury'; readonly reason: DeadReason };

export interface Death {
  readonly state: 'dead';
  readonly attempts: number;
  readonly reason: DeadReason;
  readonly note: string | null;
  readonly lastError: Failure | null;
  readonly diedAt: number;
}

export type Outcome =
  | { readonly state: 'acknowledged'; readonly reply?: unknown }
  | ({ readonly state: 'ready' } & Waiting)
  | ({ readonly state: 'scheduled' } & Waiting)
  | { readonly state: 'leased'; readonly leaseExpiresAt: number }
  | Death;

/** Counts the attempt before a handler starts, so that an event whose handler crashes the context is counted, too. */
export function takeLease(event: Waiting, terms: LeaseTerms, now: number): Leased {
  const { availableAt, lastError } = event;
  const { lease, leaseMs, maxAttempts } = terms;
  const attempts = event.attempts + 1;
  return { attempts, availableAt, lastError, lease, leaseExpiresAt: now + leaseMs, maxAttempts };
}

export function settle(event: Leased, command: Command, now: number): Outcome {
  switch (command.verb) {
    case 'ack':
      return command.reply === undefined
        ? { state: 'acknowledged' }
        : { state: 'acknowledged', reply: command.reply };
    case 'nack':
      return retryOrDie(event, command.delayMs, command.error ?? formerError(event), now);
    case 'postpone':
      return retryAfter(
        event,
        event.attempts - 1,
        command.delayMs,
        command.error ?? formerError(event),
        now,
      );
    case 'reject':
      return die(event, 'rejected', command.note, command.error ?? event.lastError, now);
    case 'extend':
      return { state: 'leased', leaseExpiresAt: now + command.ms };
    case 'bury':
      return bury({ ...event, attempts: event.attempts - 1 }, command.reason, now);
    case 'release':
      return waiting('ready', event.attempts - 1, event.availableAt, event.lastError);
    default:
      return command satisfies never;
  }
}

/** The error that an event keeps when a nack gives none. The reason is dropped, because it belongs to the earlier nack. */
function formerError({ lastError }: Leased): Failure | null {
  return lastError?.reason ? { name: lastError.name, message: lastError.message } : lastError;
}

/** Whether the time to live of an event has passed that began at `begins`. */
export function isExpired(begins: number, ttlMs: number | undefined, now: number): boolean {
  return ttlMs !== undefined && begins + ttlMs <= now;
}

/** The death of an event that is not delivered. */
export function bury(event: Waiting, reason: DeadReason, now: number): Death {
  return die(event, reason, null, event.lastError, now);
}

/** The lease expired, or the context that held it ended. */
export function expire(event: Leased, now: number): Outcome {
  return retryOrDie(event, 0, event.lastError, now);
}

function retryOrDie(
  event: Leased,
  delayMs: number,
  lastError: Failure | null,
  now: number,
): Outcome {
  const { attempts } = event;
  if (attempts >= event.maxAttempts) return die(event, 'attempts-exhausted', null, lastError, now);
  return retryAfter(event, attempts, delayMs, lastError, now);
}

function retryAfter(
  event: Leased,
  attempts: number,
  delayMs: number,
  lastError: Failure | null,
  now: number,
): Outcome {
  if (delayMs === 0) return waiting('ready', attempts, event.availableAt, lastError);
  return waiting('scheduled', attempts, now + delayMs, lastError);
}

function waiting(
  state: 'ready' | 'scheduled',
  attempts: number,
  availableAt: number,
  lastError: Failure | null,
): Outcome {
  return { state, attempts, availableAt, lastError };
}

function die(
  { attempts }: Waiting,
  reason: DeadReason,
  note: string | null,
  lastError: Failure | null,
  now: number,
): Death {
  return { state: 'dead', attempts, reason, note, lastError, diedAt: now };
}
