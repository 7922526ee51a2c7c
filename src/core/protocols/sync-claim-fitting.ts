import type { EventMessage } from '../events/message.ts';
import { DEFAULT_SETTINGS } from '../options/options.ts';
import { queueName } from '../options/queue-name.ts';
import { elapsedMs } from '../runtime/runtime.ts';
import { endOfLife, type HeldBy } from './claim-fitting.ts';
import type { SyncEventBackend } from './protocols.ts';

/** How a decorated synchronous backend claims events, of which some reach no consumer. */
export interface SyncFittingClaim extends HeldBy {
  readonly claim: () => EventMessage[];
  readonly backend: Pick<SyncEventBackend, 'extend' | 'nack' | 'capabilities'>;
  /** The message as a consumer receives it. Undefined if none does: the event is then settled. Never throws. */
  readonly present: (message: EventMessage) => EventMessage | undefined;
}

/**
 * Claims until an event fits, or the claim returns nothing. Presenting the messages of a claim takes time. One whose time to live
 * ends meanwhile does not fit, and one whose lease ends meanwhile only if the lease can be extended.
 */
export function claimFittingNow({ claim, present, ...parts }: SyncFittingClaim): EventMessage[] {
  for (;;) {
    const messages = claim();
    const ends = messages.map((message) => endOfLife(message, parts));
    const presented = messages.map(present);
    const now = elapsedMs(parts.runtime);
    const fitting = presented.flatMap((message, index) => {
      const held = message && whileHeld(message, parts);
      if (!held || (ends[index] as number) > now) return held ?? [];
      nackExpired(held, parts);
      return [];
    });
    if (fitting.length > 0 || messages.length === 0) return fitting;
  }
}

type Held = Omit<SyncFittingClaim, 'claim' | 'present'>;

/** The message while its lease is held. Undefined if it was lost: the event is delivered again. */
function whileHeld(
  message: EventMessage,
  { runtime, backend, leaseMs = DEFAULT_SETTINGS.leaseMs }: Held,
): EventMessage | undefined {
  const { eventId, lease, leaseExpiresAt } = message;
  const now = runtime.now();
  if (now < leaseExpiresAt || !backend.extend) return message;
  try {
    if (backend.extend(eventId, lease, leaseMs, queueName(message)) !== 'ok') return undefined;
    return Object.freeze({ ...message, leaseExpiresAt: now + leaseMs });
  } catch {
    // The next claim has the same fault, and throws it.
    return undefined;
  }
}

/** The next claim makes it a dead letter. */
function nackExpired(message: EventMessage, { backend }: Held): void {
  const options = backend.capabilities?.countsAsAttempt ? { countsAsAttempt: false } : undefined;
  try {
    backend.nack(message.eventId, message.lease, options, queueName(message));
  } catch {
    // The next claim has the same fault, and throws it. Otherwise it buries the event when the lease is over.
  }
}
