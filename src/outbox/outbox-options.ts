import type { ListenOptions } from '../core/channel-options.ts';
import type { EventChannel } from '../core/event-channel.ts';
import { applyOptions, type Resolved, refuse, requireOptions } from '../core/options/options.ts';
import type { ChannelOf } from '../core/options/schema.ts';
import type { BatchSender } from './batch-sender.ts';
import { type Connectivity, type Probe, platformConnectivity } from './connectivity.ts';
import type { CountsStore } from './outbox-store.ts';
import type { Sender } from './send-outcome.ts';

/** What an outbox adds to the options of a listener. */
interface OutboxSettings {
  /** Requests of this context that run at the same time, from 1; default 4. The outbox begins with one. */
  readonly maxConcurrency?: number | undefined;
  /** Default: `navigator.onLine` and its events. */
  readonly connectivity?: Connectivity | undefined;
  /**
   * Called after a request without an answer, and when the network is back, before the first request. While it answers no,
   * nothing is sent, and it is called again after each back-off. Default: none. The first event that is due is then the probe.
   */
  readonly probe?: Probe | undefined;
  /** Longest random wait after the network is back, in milliseconds, from 0; default 1,000. */
  readonly returnJitterMs?: number | undefined;
  /**
   * Called once when the server answers 401 or 403. The outbox is paused until the returned promise resolves. If it rejects,
   * or without this option, the outbox stays paused until `resume()`.
   */
  readonly onUnauthorized?: (() => unknown) | undefined;
  /**
   * Live counts for `watch()`: `watchStats(events, channel)` of `ackline/inspection`. It reads the counts when they change in any
   * context, at most twice a second. Default: they are read at least every `pollIntervalMs` while the store has a subscriber.
   */
  readonly stats?: CountsStore | undefined;
}

/** `leaseMs`, `maxAttempts`, the back-off and the other options are those of `listen`. */
export interface OutboxOptions<
  Schema extends { [C in keyof Schema]: unknown },
  Replies extends { [C in keyof Replies]: unknown },
  Inputs extends { [C in keyof Inputs]: unknown },
  C extends ChannelOf<Schema>,
> extends OutboxSettings,
    Omit<ListenOptions, 'concurrency' | 'autoAck'> {
  readonly events: EventChannel<Schema, Replies, Inputs>;
  /** The channel whose events are sent. */
  readonly channel: C;
  /**
   * Sends one event; `httpSender` makes one for `fetch`. Or sends many in one request: `httpBatchSender`, `batchSender`.
   */
  readonly send: Sender<Schema[C]> | BatchSender<Schema[C]>;
}

export type ResolvedOutbox = Resolved<
  Pick<OutboxSettings, 'maxConcurrency' | 'connectivity' | 'returnJitterMs'>
> &
  Pick<OutboxSettings, 'probe' | 'onUnauthorized'>;

const DEFAULTS: ResolvedOutbox = {
  maxConcurrency: 4,
  connectivity: platformConnectivity,
  probe: undefined,
  returnJitterMs: 1_000,
  onUnauthorized: undefined,
};

function checkFunction(option: string, value: unknown): void {
  if (typeof value !== 'function') refuse(option, 'a function', value);
}

function checkConnectivity(option: string, value: unknown): void {
  const { isOnline, watch } = (value ?? {}) as Partial<Connectivity>;
  if (typeof isOnline !== 'function' || typeof watch !== 'function')
    refuse(option, 'an object with isOnline and watch', value);
}

const RULES = {
  maxConcurrency: 1,
  connectivity: checkConnectivity,
  probe: checkFunction,
  returnJitterMs: 0,
  onUnauthorized: checkFunction,
};

interface CheckedOptions {
  readonly events: EventChannel;
  readonly channel: string;
  readonly send: Sender | BatchSender;
  readonly stats: CountsStore | undefined;
  readonly settings: ResolvedOutbox;
  readonly listening: ListenOptions;
}

/** Checks the options of an outbox, and parts them from those of its listener, which `listen` checks. */
export function checkOutboxOptions(options: object): CheckedOptions {
  requireOptions(options);
  const {
    events,
    channel,
    send,
    maxConcurrency,
    connectivity,
    probe,
    returnJitterMs,
    onUnauthorized,
    stats,
    ...rest
  } = options as OutboxSettings & Pick<CheckedOptions, 'events' | 'channel' | 'send'>;
  if (typeof events?.listen !== 'function') refuse('events', 'an EventChannel', events);
  if (typeof send !== 'function' && typeof send?.pace !== 'function')
    refuse('send', 'a function or a batch sender', send);
  const given = { maxConcurrency, connectivity, probe, returnJitterMs, onUnauthorized };
  const settings = applyOptions<ResolvedOutbox>(DEFAULTS, given, RULES);
  if (stats !== undefined && typeof stats?.subscribe !== 'function')
    refuse('stats', 'a store of watchStats', stats);
  for (const option of ['concurrency', 'autoAck'])
    if (option in rest) throw new TypeError(`an outbox has no option "${option}"`);
  const listening = { ...rest, concurrency: settings.maxConcurrency, autoAck: true };
  return { events, channel, send, stats, settings, listening };
}
