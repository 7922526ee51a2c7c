import { checkName } from '../core/admission.ts';
import type { ChannelStats, DeadLetter, Settlement } from '../core/events/message.ts';
import type { PurgeOptions, RedriveOptions } from '../core/options/dead-letter-options.ts';
import { checkWholeNumber, refuse } from '../core/options/options.ts';
import type { RetryNowOptions } from '../core/options/retry-now-options.ts';
import type { BackendDescription } from '../core/protocols/protocols.ts';
import type { EventStore, MaybePromise } from './event-store.ts';
import { checkQueueName, withGroup } from './group-queues.ts';
import type { InspectedParts } from './inspected-parts.ts';
import type { Notifier } from './notifier.ts';
import { numberOfCursor } from './number-of-cursor.ts';
import { retryNow } from './retry-now.ts';
import type { RunLetters } from './run-letters.ts';

/** The verbs of a backend that concern a channel and no lease. Those that it does not declare are absent. */
export interface StoreVerbs {
  retryNow(channel: string, options?: RetryNowOptions): Promise<number>;
  stats(channel: string): Promise<ChannelStats>;
  deadLetters(channel: string, limit: number, after?: string): Promise<DeadLetter[]>;
  redrive?(channel: string, options?: RedriveOptions): Promise<number>;
  purge?(channel: string, options?: PurgeOptions): Promise<number>;
  cancel?(channel: string, eventId: string): Promise<Settlement>;
  blockedKeys(channel: string): Promise<string[]>;
  releaseKey(channel: string, key: string): Promise<boolean>;
}

export interface StoreVerbsParts extends InspectedParts {
  /** The backend, for errors. */
  readonly backend: BackendDescription;
  readonly runLetters?: RunLetters | undefined;
  /** A shutdown waits until the answer has come. */
  readonly track: <T>(answer: MaybePromise<T>) => MaybePromise<T>;
}

export function storeVerbs(parts: StoreVerbsParts): StoreVerbs {
  const { store, notifier, runLetters } = parts;
  const call = async <T>(channel: string, verb: () => MaybePromise<T>): Promise<T> => {
    parts.requireOpen();
    checkQueueName(parts.backend, channel);
    return parts.track(verb());
  };
  return {
    retryNow: (channel, options) =>
      call(channel, () => retryNow(store, notifier, channel, options)),
    stats: (channel) => call(channel, () => store.stats(channel)),
    deadLetters: async (channel, limit, after) => {
      const page = () => store.deadLetters(channel, ...checkPage(limit, after));
      return (await call(channel, page)).map(withGroup);
    },
    blockedKeys: (channel) => call(channel, () => store.blockedKeys?.(channel) ?? []),
    releaseKey: (channel, key) => call(channel, () => releaseKey(store, notifier, channel, key)),
    ...(runLetters && {
      redrive: (channel, options) =>
        call(channel, () => runLetters(parts, 'redrive', channel, options)),
      purge: (channel, options) =>
        call(channel, () => runLetters(parts, 'purge', channel, options)),
    }),
    ...(parts.backend.capabilities?.cancel && {
      cancel: (channel, eventId) =>
        call(channel, () => store.cancel?.(channel, checkEventId(eventId)) ?? 'gone'),
    }),
  };
}

async function releaseKey(
  store: EventStore,
  notifier: Notifier,
  channel: string,
  key: string,
): Promise<boolean> {
  checkName('key', key);
  const isReleased = (await store.releaseKey?.(channel, key)) ?? false;
  if (isReleased) notifier.notify([channel]);
  return isReleased;
}

/** The checked arguments of `deadLetters`. */
export function checkPage(
  limit: number,
  after: string | undefined,
): [limit: number, after?: number] {
  checkWholeNumber('limit', limit, 1);
  return after === undefined ? [limit] : [limit, numberOfCursor(after)];
}

export function checkEventId(eventId: string): string {
  if (typeof eventId !== 'string') refuse('eventId', 'a string', eventId);
  return eventId;
}
