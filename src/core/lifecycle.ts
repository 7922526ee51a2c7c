import type { DeadReason, Failure, Lease, Settlement } from './message.ts';

/**
 * The life of an event (docs/architecture.md has the picture), as pure functions: given what stands and
 * what is asked, what stands next. Every backend that stores events decides by these.
 */

/** An event that nobody holds. */
export interface Waiting {
  readonly attempts: number;
  readonly availableAt: number;
  readonly lastError: Failure | null;
}

/** An event that one consumer holds. */
export interface Leased extends Waiting {
  readonly lease: Lease;
  readonly leaseExpiresAt: number;
  /** As the consumer that took the lease wants it. */
  readonly maxAttempts: number;
}

export interface LeaseTerms {
  readonly lease: Lease;
  readonly leaseMs: number;
  readonly maxAttempts: number;
}

/** What the holder of a lease asks for. */
export type Command =
  /** `reply` is for whoever waits for the event's receipts; a store that has none ignores it. */
  | { readonly verb: 'ack'; readonly reply?: unknown }
  | { readonly verb: 'nack'; readonly delayMs: number; readonly error: Failure | null }
  /** A nack whose attempt does not count. */
  | { readonly verb: 'postpone'; readonly delayMs: number; readonly error: Failure | null }
  | { readonly verb: 'reject'; readonly note: string | null; readonly error: Failure | null }
  | { readonly verb: 'extend'; readonly ms: number }
  /** The event was leased but never handed to a consumer: the attempt does not count. */
  | { readonly verb: 'release' };

export interface Death {
  readonly state: 'dead';
  readonly attempts: number;
  readonly reason: DeadReason;
  readonly note: string | null;
  readonly lastError: Failure | null;
  readonly diedAt: number;
}

export type Outcome =
  | { readonly state: 'acknowledged' }
  | ({ readonly state: 'ready' } & Waiting)
  | ({ readonly state: 'scheduled' } & Waiting)
  | { readonly state: 'leased'; readonly leaseExpiresAt: number }
  | Death;

/** The attempt is counted here, before any handler starts: an event that kills its consumer is counted too. */
export function takeLease(event: Waiting, terms: LeaseTerms, now: number): Leased {
  const { availableAt, lastError } = event;
  const { lease, leaseMs, maxAttempts } = terms;
  const attempts = event.attempts + 1;
  return { attempts, availableAt, lastError, lease, leaseExpiresAt: now + leaseMs, maxAttempts };
}

/**
 * May the holder of `lease` settle the event that now stands as `held`? The token alone decides, not the
 * clock: an expired lease that nobody has taken over is still the newest, and its work is not thrown away.
 */
export function checkLease(held: Leased | 'waiting' | undefined, lease: Lease): Settlement {
  if (held === undefined) return 'gone';
  return held !== 'waiting' && held.lease === lease ? 'ok' : 'stale';
}

export function settle(event: Leased, command: Command, now: number): Outcome {
  switch (command.verb) {
    case 'ack':
      return { state: 'acknowledged' };
    case 'nack':
      return settleFailure(event, command.delayMs, command.error ?? formerError(event), now);
    case 'postpone':
      return again(
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
    case 'release':
      return wait('ready', event.attempts - 1, event.availableAt, event.lastError);
    default:
      return command satisfies never;
  }
}

/** The error that an event keeps when a nack gives none. Its reason was that of the nack before. */
function formerError({ lastError }: Leased): Failure | null {
  return lastError?.reason ? { name: lastError.name, message: lastError.message } : lastError;
}

/** The lease ran out, or its owner died. */
export function expire(event: Leased, now: number): Outcome {
  return settleFailure(event, 0, event.lastError, now);
}

function settleFailure(
  event: Leased,
  delayMs: number,
  lastError: Failure | null,
  now: number,
): Outcome {
  const { attempts } = event;
  if (attempts >= event.maxAttempts) return die(event, 'attempts-exhausted', null, lastError, now);
  return again(event, attempts, delayMs, lastError, now);
}

function again(
  event: Leased,
  attempts: number,
  delayMs: number,
  lastError: Failure | null,
  now: number,
): Outcome {
  if (delayMs === 0) return wait('ready', attempts, event.availableAt, lastError);
  return wait('scheduled', attempts, now + delayMs, lastError);
}

function wait(
  state: 'ready' | 'scheduled',
  attempts: number,
  availableAt: number,
  lastError: Failure | null,
): Outcome {
  return { state, attempts, availableAt, lastError };
}

function die(
  { attempts }: Leased,
  reason: DeadReason,
  note: string | null,
  lastError: Failure | null,
  now: number,
): Death {
  return { state: 'dead', attempts, reason, note, lastError, diedAt: now };
}
