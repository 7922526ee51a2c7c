/// <reference lib="esnext.disposable" preserve="true" />
import { dequeueUpToSync, publishAllSync, requireRetryNow } from './backend-calls.ts';
import type {
  ReceiveOptions,
  SyncEventChannelOptions,
  SyncListenOptions,
} from './channel-options.ts';
import type { Target } from './delivered-leases.ts';
import type { DeliveryHandle, SyncDelivery, SyncEventHandler } from './delivery.ts';
import type { ChannelStats, DeadLetter, PublishOptions, Settlement } from './message.ts';
import {
  checkOptions,
  checkWholeNumber,
  type ResolvedSettings,
  refuse,
  requireOptions,
} from './options.ts';
import { isSyncEventBackend, type SyncEventBackend } from './protocols.ts';
import type { RetryNowOptions } from './retry-now-options.ts';
import type { AnySchema, ChannelOf, DraftOf, PublishArguments } from './schema.ts';
import { Session } from './session.ts';
import type { SettlingArgument, SettlingVerb } from './settler.ts';
import type { NackOptions, RejectOptions } from './settling-arguments.ts';
import { ChannelSyncListener, type SyncListener, type SyncSource } from './sync-listener.ts';
import { throwIfAborted } from './throw-if-aborted.ts';

/** Events that one automatic drain handles before it lets the thread do other work. */
const AUTO_DRAIN_LIMIT = 1_000;

/**
 * {@link EventChannel} without promises, over a {@link SyncEventBackend}. `dequeue` returns at once. Listeners run in `drain()`
 * and, unless `autoDrain` is false, in a microtask after each publish.
 */
export class SyncEventChannel<Schema extends { [C in keyof Schema]: unknown } = AnySchema>
  implements Disposable
{
  readonly #session: Session<Settlement>;
  readonly #backend: SyncEventBackend;
  readonly #autoDrain: boolean;
  readonly #listeners = new Set<ChannelSyncListener>();
  #isDraining = false;
  #isDrainPlanned = false;
  #isShutDown = false;

  constructor(options: SyncEventChannelOptions<Schema>) {
    requireOptions(options);
    const { backend, autoDrain = true, ...rest } = options;
    if (!isSyncEventBackend(backend)) refuse('backend', 'a SyncEventBackend', backend);
    if (typeof autoDrain !== 'boolean') refuse('autoDrain', 'true or false', autoDrain);
    this.#session = new Session(backend, rest, (error) => {
      throw error;
    });
    this.#backend = backend;
    this.#autoDrain = autoDrain;
  }

  /** Stores one event and returns its id. Payload and metadata are copied. */
  publish<C extends ChannelOf<Schema>>(
    channel: C,
    ...given: PublishArguments<Schema[C], PublishOptions>
  ): string {
    const [payload, metadata, options] = given;
    const draft = this.#session.admit({ channel, payload, metadata, options });
    const eventId = this.#backend.publish(channel, draft.payload, draft.metadata, draft.options);
    this.#session.published(channel, eventId);
    this.#planDrain();
    return eventId;
  }

  /** As {@link EventChannel.publishMany}. */
  publishMany(drafts: readonly DraftOf<Schema>[]): string[] {
    const admitted = this.#session.admitAll(drafts);
    if (admitted.length === 0) return [];
    const eventIds = publishAllSync(this.#backend, admitted);
    this.#session.publishedAll(admitted, eventIds);
    this.#planDrain();
    return eventIds;
  }

  /** Leases the next due event, or returns `null` at once. */
  dequeue<C extends ChannelOf<Schema>>(
    channel: C,
    options: ReceiveOptions = {},
  ): SyncDelivery<Schema[C]> | null {
    const [delivery = null] = this.dequeueMany(channel, 1, options);
    return delivery;
  }

  /** Leases up to `limit` due events in one step. */
  dequeueMany<C extends ChannelOf<Schema>>(
    channel: C,
    limit: number,
    options: ReceiveOptions = {},
  ): SyncDelivery<Schema[C]>[] {
    checkWholeNumber('limit', limit, 1);
    const { signal, settings } = this.#session.resolveCall(channel, options);
    throwIfAborted(signal);
    const handles = this.#claim(channel, limit, settings);
    return handles.map(({ delivery }) => delivery as SyncDelivery<Schema[C]>);
  }

  /** Leases one event after the other until none is due. The body of the loop settles the events. */
  *iterEvents<C extends ChannelOf<Schema>>(
    channel: C,
    options: ReceiveOptions = {},
  ): Generator<SyncDelivery<Schema[C]>, void, undefined> {
    const next = () => this.dequeue(channel, options);
    for (let delivery = next(); delivery; delivery = next()) yield delivery;
  }

  /** Calls `handler` for each event when the channel is drained. The outcomes are those of {@link EventChannel.listen}. */
  listen<C extends ChannelOf<Schema>>(
    channel: C,
    handler: SyncEventHandler<Schema[C]>,
    options: SyncListenOptions = {},
  ): SyncListener {
    this.#session.requireOpen();
    if (typeof handler !== 'function') refuse('handler', 'a function', handler);
    const settings = this.#session.resolve(channel, options);
    const run = handler as SyncEventHandler;
    const claim: SyncSource['claim'] = (...terms) => this.#claim(channel, ...terms);
    const source = { claim, onResume: () => this.#planDrain() };
    const listener = new ChannelSyncListener(channel, run, settings, this.#session, source);
    this.#listeners.add(listener);
    this.#planDrain();
    return listener;
  }

  /** Stops all listeners of a channel. */
  stopListener(channel: ChannelOf<Schema>): void {
    for (const listener of this.#listeners) if (listener.channel === channel) listener.stop();
  }

  /** As {@link EventChannel.ack}. */
  ack(event: string | Target): Settlement {
    return this.#settle('ack', event);
  }

  /** As {@link EventChannel.nack}. */
  nack(event: string | Target, options?: NackOptions): Settlement {
    const settlement = this.#settle('nack', event, options);
    this.#planDrain();
    return settlement;
  }

  /** As {@link EventChannel.reject}. */
  reject(event: string | Target, options?: RejectOptions): Settlement {
    return this.#settle('reject', event, options);
  }

  /** As {@link EventChannel.extend}. */
  extend(event: string | Target, ms: number): Settlement {
    return this.#settle('extend', event, ms);
  }

  /** As {@link EventChannel.retryNow}. */
  retryNow(channel: ChannelOf<Schema>, options?: RetryNowOptions): number {
    requireRetryNow(this.#session, channel, options);
    const count = this.#backend.retryNow?.(channel, options) as number;
    this.#planDrain();
    return count;
  }

  stats(channel: ChannelOf<Schema>): ChannelStats {
    this.#session.requireVerb(channel, 'stats');
    return this.#backend.stats?.(channel) as ChannelStats;
  }

  /** Dead letters of a channel, oldest first, at most `limit` (default 100). */
  deadLetters<C extends ChannelOf<Schema>>(
    channel: C,
    options: { readonly limit?: number | undefined } = {},
  ): DeadLetter<Schema[C]>[] {
    checkOptions(options);
    const { limit = 100 } = options;
    checkWholeNumber('limit', limit, 1);
    this.#session.requireVerb(channel, 'deadLetters');
    return this.#backend.deadLetters?.(channel, limit) as DeadLetter<Schema[C]>[];
  }

  /**
   * Handles all due events, one event of each listener after the other, and returns the number of events handled. A call
   * within a handler returns 0, because the outer drain goes on.
   */
  drain(): number {
    this.#session.requireOpen();
    return this.#drain(Number.POSITIVE_INFINITY);
  }

  /** As {@link EventChannel.shutdown}. Idempotent. */
  shutdown(): void {
    if (this.#isShutDown) return;
    this.#isShutDown = true;
    for (const listener of this.#listeners) listener.stop();
    this.#listeners.clear();
    if (this.#session.close()) this.#backend.shutdown();
    else void this.#session.releaseAll();
    this.#session.end();
  }

  [Symbol.dispose](): void {
    this.shutdown();
  }

  #claim(channel: string, limit: number, settings: ResolvedSettings): DeliveryHandle<Settlement>[] {
    const { pollIntervalMs } = settings;
    const terms = this.#session.terms(settings);
    const messages = dequeueUpToSync(this.#backend, channel, limit, pollIntervalMs, terms);
    return this.#session.deliver(messages, settings);
  }

  #settle(verb: SettlingVerb, event: string | Target, given?: SettlingArgument): Settlement {
    this.#session.requireOpen();
    return this.#session.settler.settle(verb, event, given);
  }

  #drain(limit: number): number {
    if (this.#isDraining) return 0;
    this.#isDraining = true;
    let handledCount = 0;
    try {
      for (let goesOn = true; goesOn && handledCount < limit; ) {
        goesOn = false;
        for (const listener of this.#listeners) {
          if (listener.status === 'stopped') this.#listeners.delete(listener);
          else if (listener.handleNext()) {
            goesOn = true;
            handledCount += 1;
          }
        }
      }
    } finally {
      this.#isDraining = false;
    }
    return handledCount;
  }

  #planDrain(): void {
    if (!this.#autoDrain || this.#isDrainPlanned || this.#listeners.size === 0) return;
    this.#isDrainPlanned = true;
    // Fake timers may replace `queueMicrotask`.
    void Promise.resolve().then(() => {
      this.#isDrainPlanned = false;
      // A handler that always publishes must not block the thread.
      if (this.#drain(AUTO_DRAIN_LIMIT) >= AUTO_DRAIN_LIMIT)
        this.#session.callSoon(() => this.#planDrain());
    });
  }
}
