import type { EventMessage } from './message.ts';
import { DEFAULT_SETTINGS } from './options.ts';
import type { AsyncEventBackend } from './protocols.ts';
import { queueName } from './queue-name.ts';
import { elapsedMs, type Runtime } from './runtime.ts';
import { throwIfAborted } from './throw-if-aborted.ts';

/** How a decorated backend claims events, of which some reach no consumer. */
export interface FittingClaim {
  readonly runtime: Runtime;
  readonly signal: AbortSignalLike | undefined;
  readonly claim: (waitMs: number) => Promise<EventMessage[]>;
  /** Its `extend` confirms the leases that end before their messages are presented. */
  readonly backend: Pick<AsyncEventBackend, 'extend'>;
  /** The duration of a lease, in milliseconds. Default: that of the settings. */
  readonly leaseMs: number | undefined;
  /** The message as a consumer receives it. Undefined if none does: the event is then settled. Never rejects. */
  readonly present: (message: EventMessage) => Promise<EventMessage | undefined>;
}

type AbortSignalLike = Parameters<typeof throwIfAborted>[0];

type Held = Pick<FittingClaim, 'runtime' | 'backend' | 'leaseMs'>;

/** Claims until an event fits, or the claim returns nothing. */
export async function claimFitting(
  { signal, claim, present, ...parts }: FittingClaim,
  waitMs: number,
): Promise<EventMessage[]> {
  const { runtime } = parts;
  const endsAt = elapsedMs(runtime) + waitMs;
  for (let leftMs = waitMs; ; leftMs = Math.max(0, Math.ceil(endsAt - elapsedMs(runtime)))) {
    const messages = await claim(leftMs);
    const presented = await Promise.all(messages.map(present));
    const held = presented.map((message) => message && whileHeld(message, parts));
    const fitting = (await Promise.all(held)).filter((message) => message !== undefined);
    if (fitting.length > 0 || messages.length === 0) return fitting;
    throwIfAborted(signal);
  }
}

/**
 * The message while its lease is held, also by a promise. A slow decoder, or a context that was stopped meanwhile, may have
 * outlasted the lease. Then another context may have acknowledged the event, and only an extension shows that. Undefined if it
 * fails: the event is delivered when its lease is over.
 */
function whileHeld(
  message: EventMessage,
  { runtime, backend, leaseMs = DEFAULT_SETTINGS.leaseMs }: Held,
): EventMessage | Promise<EventMessage | undefined> {
  const { eventId, lease, leaseExpiresAt } = message;
  const now = runtime.now();
  if (now < leaseExpiresAt || !backend.extend) return message;
  return backend.extend(eventId, lease, leaseMs, queueName(message)).then(
    (answer) =>
      answer === 'ok' ? Object.freeze({ ...message, leaseExpiresAt: now + leaseMs }) : undefined,
    () => undefined,
  );
}
