import type { EventMessage } from '../events/message.ts';
import { DEFAULT_SETTINGS } from '../options/options.ts';
import { queueName } from '../options/queue-name.ts';
import { ignore } from '../runtime/ignore.ts';
import { elapsedMs, type Runtime } from '../runtime/runtime.ts';
import { throwIfAborted } from '../runtime/throw-if-aborted.ts';
import type { AsyncEventBackend } from './protocols.ts';

/** What the life of a claimed message depends on. */
export interface HeldBy {
  readonly runtime: Runtime;
  /** The duration of a lease, in milliseconds. Default: that of the settings. */
  readonly leaseMs: number | undefined;
}

/** How a decorated backend claims events, of which some reach no consumer. */
export interface FittingClaim extends HeldBy {
  readonly signal: AbortSignalLike | undefined;
  readonly claim: (waitMs: number) => Promise<EventMessage[]>;
  /**
   * Its `extend` confirms the leases that end before their messages are presented, and its `nack` ends those of messages that
   * expire before that.
   */
  readonly backend: Pick<AsyncEventBackend, 'extend' | 'nack' | 'capabilities'>;
  /** The message as a consumer receives it. Undefined if none does: the event is then settled. Never rejects. */
  readonly present: (message: EventMessage) => Promise<EventMessage | undefined>;
}

type AbortSignalLike = Parameters<typeof throwIfAborted>[0];

type Held = Pick<FittingClaim, 'runtime' | 'backend' | 'leaseMs'>;

/** Claims until an event fits, or the claim returns nothing. An event whose time to live ends before it is presented does not fit. */
export async function claimFitting(
  { signal, claim, present, ...parts }: FittingClaim,
  waitMs: number,
): Promise<EventMessage[]> {
  const { runtime } = parts;
  const endsAt = elapsedMs(runtime) + waitMs;
  for (let leftMs = waitMs; ; leftMs = Math.max(0, Math.ceil(endsAt - elapsedMs(runtime)))) {
    const messages = await claim(leftMs);
    const ends = messages.map((message) => endOfLife(message, parts));
    const presented = await Promise.all(messages.map(present));
    const held = await Promise.all(
      presented.map((message) => message && whileHeld(message, parts)),
    );
    const now = elapsedMs(runtime);
    const fitting: EventMessage[] = [];
    const late: Promise<unknown>[] = [];
    for (const [index, message] of held.entries())
      if (message && (ends[index] as number) > now) fitting.push(message);
      else if (message) late.push(nackExpired(message, parts));
    if (fitting.length > 0 || messages.length === 0) return fitting;
    await Promise.all(late);
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

/**
 * When the time to live of a message ends that was just claimed, by {@link elapsedMs}. The clock of the device may be ahead of the
 * one that gave the lease, and a backend may give longer leases than it was asked for: neither ends the time early. A message that
 * has no time left by these clocks is delivered: the backend knew better, and would give it again at once.
 */
export function endOfLife(
  { createdAt, ttlMs = Number.POSITIVE_INFINITY, leaseExpiresAt }: EventMessage,
  { runtime, leaseMs = DEFAULT_SETTINGS.leaseMs }: HeldBy,
): number {
  const leftMs = createdAt + ttlMs - Math.min(runtime.now(), leaseExpiresAt - leaseMs);
  return leftMs > 0 ? elapsedMs(runtime) + leftMs : Number.POSITIVE_INFINITY;
}

/** The next claim makes it a dead letter. If this call fails, that claim comes when the lease is over. */
function nackExpired(message: EventMessage, { backend }: Held): Promise<unknown> {
  const options = backend.capabilities?.countsAsAttempt ? { countsAsAttempt: false } : undefined;
  return backend.nack(message.eventId, message.lease, options, queueName(message)).catch(ignore);
}
