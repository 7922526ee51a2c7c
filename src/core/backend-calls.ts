import type { PlainDraft } from './admission.ts';
import type { EventMessage } from './events/message.ts';
import type { DeadLettersOptions } from './options/dead-letter-options.ts';
import { checkOptions, checkWholeNumber } from './options/options.ts';
import type { GroupOptions } from './options/queue-name.ts';
import { type RetryNowOptions, retryReasonOf } from './options/retry-now-options.ts';
import type { Capability } from './protocols/capability.ts';
import type { AsyncEventBackend, DequeueOptions, SyncEventBackend } from './protocols/protocols.ts';

/** Publishes all or none if the backend has `publishMany`, otherwise one after the other. */
export async function publishAll(
  backend: AsyncEventBackend,
  drafts: readonly PlainDraft[],
): Promise<string[]> {
  if (backend.capabilities?.publishMany && backend.publishMany) return backend.publishMany(drafts);
  const eventIds: string[] = [];
  for (const { channel, payload, metadata, options } of drafts)
    eventIds.push(await backend.publish(channel, payload, metadata, options));
  return eventIds;
}

/** Leases up to `limit` events if the backend has `dequeueMany`, otherwise one. */
export function dequeueUpTo(
  backend: AsyncEventBackend,
  channel: string,
  limit: number,
  waitMs: number,
  terms: DequeueOptions,
): Promise<EventMessage[]> {
  if (backend.capabilities?.dequeueMany && backend.dequeueMany)
    return backend.dequeueMany(channel, limit, waitMs, terms);
  return backend.dequeue(channel, waitMs, terms).then((message) => (message ? [message] : []));
}

/** {@link publishAll} of a synchronous backend. */
export function publishAllSync(backend: SyncEventBackend, drafts: readonly PlainDraft[]): string[] {
  if (backend.capabilities?.publishMany && backend.publishMany) return backend.publishMany(drafts);
  return drafts.map(({ channel, payload, metadata, options }) =>
    backend.publish(channel, payload, metadata, options),
  );
}

/** {@link dequeueUpTo} of a synchronous backend. */
export function dequeueUpToSync(
  backend: SyncEventBackend,
  channel: string,
  limit: number,
  waitMs: number,
  terms: DequeueOptions,
): EventMessage[] {
  if (backend.capabilities?.dequeueMany && backend.dequeueMany)
    return backend.dequeueMany(channel, limit, waitMs, terms);
  const message = backend.dequeue(channel, waitMs, terms);
  return message ? [message] : [];
}

interface VerbGuard {
  requireVerb(channel: string, verb: Capability): void;
  queueOf(channel: string, group: string | undefined): string;
}

type ChannelVerb =
  | 'stats'
  | 'deadLetters'
  | 'redrive'
  | 'purge'
  | 'cancel'
  | 'blockedKeys'
  | 'releaseKey'
  | 'members';

type ChannelCalls = Partial<
  Record<ChannelVerb, (channel: string, ...given: readonly never[]) => unknown>
>;

/**
 * Calls a verb of a channel, where the backend declares the capability of its name. The option `group` selects the queue of
 * a group. The backend gets the name of that queue, and the other options.
 */
export function callVerb<Answer>(
  guard: VerbGuard,
  backend: ChannelCalls,
  verb: ChannelVerb,
  channel: string,
  given?: unknown,
): Answer {
  guard.requireVerb(channel, verb === 'blockedKeys' || verb === 'releaseKey' ? 'keys' : verb);
  const options = Object(given) as GroupOptions;
  if (!('group' in options)) return backend[verb]?.(channel, given as never) as Answer;
  const { group, ...others } = options;
  return backend[verb]?.(guard.queueOf(channel, group), others as never) as Answer;
}

/** The dead letters of a channel, as either protocol answers them. */
export function pageOf<Answer>(
  guard: VerbGuard,
  backend: ChannelCalls,
  channel: string,
  options: DeadLettersOptions | undefined = {},
): Answer {
  checkOptions(options);
  const { limit = 100, after, group } = options;
  checkWholeNumber('limit', limit, 1);
  if (after !== undefined) guard.requireVerb(channel, 'cursor');
  guard.requireVerb(channel, 'deadLetters');
  const page = [limit, after] as readonly unknown[] as never[];
  return backend.deadLetters?.(guard.queueOf(channel, group), ...page) as Answer;
}

/**
 * The arguments of `retryNow` for the backend. Throws if the backend lacks a capability that the call needs, and for unknown
 * options.
 */
export function retryNowCall(
  guard: VerbGuard,
  channel: string,
  options: RetryNowOptions | undefined,
): [queue: string, options?: RetryNowOptions] {
  guard.requireVerb(channel, 'retryNow');
  checkOptions(options);
  if (!options) return [channel];
  const { group, ...others } = options;
  if (retryReasonOf(others)) guard.requireVerb(channel, 'offline');
  return [guard.queueOf(channel, group), others];
}
