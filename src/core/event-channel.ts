/// <reference lib="esnext.disposable" preserve="true" />

import { publishAll, retryNow, statsOf } from './backend-calls.ts';
import type {
  EventChannelOptions,
  ListenOptions,
  ReceiveOptions,
  RequestOptions,
} from './channel-options.ts';
import type { Target } from './delivered-leases.ts';
import type { AsyncEventHandler, Delivery } from './delivery.ts';
import { AcklineError } from './errors.ts';
import type { IterateOptions } from './event-iterator.ts';
import { checkStopOptions, type Listener, type StopOptions } from './listener.ts';
import type { ChannelStats, DeadLetter, PublishOptions, Settlement } from './message.ts';
import { checkOptions, checkSignal, checkWholeNumber, refuse, requireOptions } from './options.ts';
import type { PlatformAbortSignal } from './platform-types.ts';
import type { AckOptions, NackOptions, RejectOptions } from './protocols.ts';
import { type AsyncEventBackend, isAsyncEventBackend } from './protocols.ts';
import type { Confirmation, ConfirmTerms, Member } from './receipts.ts';
import { Receiver } from './receiver.ts';
import { rejection } from './rejection.ts';
import type { RetryNowOptions } from './retry-now-options.ts';
import type { Stop } from './runtime.ts';
import type {
  AnySchema,
  ChannelOf,
  DraftOf,
  PublishArguments,
  ReplyOf,
  RequestArguments,
} from './schema.ts';
import { Session } from './session.ts';
import type { SettlingArgument, SettlingVerb } from './settler.ts';

/**
 * Publishes to and consumes from named channels over any {@link AsyncEventBackend}. `Schema` maps channel
 * names to payload types, `Replies` those that are asked by `request` to what comes back. An event is delivered at least once: make handlers safe to repeat.
 *
 * Programming mistakes are `TypeError`, faults are {@link AcklineError} (`closed` after `shutdown()`).
 *
 * @example
 * const events = new EventChannel<{ greeting: string }>({ backend: memoryBackend() });
 * events.listen('greeting', ({ payload }) => console.log(payload));
 * await events.publish('greeting', 'hello');
 */
export class EventChannel<
  Schema extends { [C in keyof Schema]: unknown } = AnySchema,
  Replies extends { [C in keyof Replies]: unknown } = AnySchema,
> implements AsyncDisposable
{
  readonly #session: Session<Promise<Settlement>>;
  readonly #backend: AsyncEventBackend;
  readonly #receiver: Receiver;
  #shutdown: Promise<void> | undefined;

  constructor(options: EventChannelOptions<Schema>) {
    requireOptions(options);
    const { backend, ...rest } = options;
    if (!isAsyncEventBackend(backend)) refuse('backend', 'an AsyncEventBackend', backend);
    this.#session = new Session(backend, rest, rejection);
    this.#backend = backend;
    this.#receiver = new Receiver(this.#session, backend);
  }

  /**
   * Stores one event and resolves with its id when the event is as durable as the backend promises. With `confirm` it also
   * waits until that many members have acknowledged the event. Payload and metadata are copied during the call. Errors:
   * `not-cloneable`, `too-large`, `quota`, `storage`; `unconfirmed` if the event was published but too few members
   * acknowledged it.
   */
  async publish<C extends ChannelOf<Schema>>(
    channel: C,
    ...given: PublishArguments<Schema[C], PublishOptions & ConfirmTerms<ReplyOf<Replies, C>>>
  ): Promise<string> {
    const [payload, metadata, options] = given;
    const draft = this.#session.admit({ channel, payload, metadata, options });
    const eventId = await this.#backend.publish(
      channel,
      draft.payload,
      draft.metadata,
      draft.options,
    );
    return this.#session.published(channel, eventId);
  }

  /**
   * Publishes to every member of a channel and resolves with a receipt of each. It resolves when `confirm` (default `'all'`)
   * is met, when every member has answered, or after `timeoutMs` (default 5,000). Without members it resolves at once.
   */
  async publishConfirmed<C extends ChannelOf<Schema>>(
    channel: C,
    ...given: PublishArguments<Schema[C], PublishOptions & ConfirmTerms<ReplyOf<Replies, C>>>
  ): Promise<Confirmation<ReplyOf<Replies, C>>> {
    const [payload, metadata, options] = given;
    const asked = { channel, payload, metadata, options };
    const draft = this.#session.admitFor('publishConfirmed', asked);
    return this.#backend.publishConfirmed?.(draft) as Promise<Confirmation<ReplyOf<Replies, C>>>;
  }

  /**
   * Publishes to the other members of a channel and resolves with the first reply, which a member sends by `ack(reply)`. The
   * longest wait is `timeoutMs` (default 5,000). Errors: `no-members`, `no-reply`, `timeout`.
   */
  async request<C extends ChannelOf<Schema>>(
    channel: C,
    ...given: RequestArguments<Schema[C], RequestOptions>
  ): Promise<ReplyOf<Replies, C>> {
    const [payload, options = {}] = given;
    checkOptions(options);
    const { metadata, ...terms } = options;
    const asked = { channel, payload, metadata, options: terms };
    const draft = this.#session.admitFor('request', asked);
    return this.#backend.request?.(draft) as Promise<ReplyOf<Replies, C>>;
  }

  /** Resolves with the contexts that receive the events of a channel now, in no particular order. */
  async members(channel: ChannelOf<Schema>): Promise<Member[]> {
    this.#session.requireVerb(channel, 'members');
    return (await this.#backend.members?.(channel)) as Member[];
  }

  /** Calls `watcher` with the members of a channel, now and at each change, until the returned function is called. */
  watchMembers(channel: ChannelOf<Schema>, watcher: (members: readonly Member[]) => void): Stop {
    this.#session.requireVerb(channel, 'members');
    if (typeof watcher !== 'function') refuse('watcher', 'a function', watcher);
    return this.#receiver.watchMembers(channel, watcher);
  }

  /**
   * Stores several events and resolves with their ids in input order. All events are checked before the first is stored. A
   * backend with the capability `publishMany` stores all or none. Without it the events are stored one after the other, and
   * after a failure the earlier ones stay stored. An empty batch resolves with `[]`.
   */
  async publishMany(drafts: readonly DraftOf<Schema>[]): Promise<string[]> {
    const admitted = this.#session.admitAll(drafts);
    if (admitted.length === 0) return [];
    return this.#session.publishedAll(admitted, await publishAll(this.#backend, admitted));
  }

  /** Leases the next due event; waits at most `pollIntervalMs`, then resolves with `null`. */
  async dequeue<C extends ChannelOf<Schema>>(
    channel: C,
    options: ReceiveOptions = {},
  ): Promise<Delivery<Schema[C], ReplyOf<Replies, C>> | null> {
    const [delivery = null] = await this.dequeueMany(channel, 1, options);
    return delivery;
  }

  /** Leases up to `limit` due events in one step; waits as `dequeue` does, for the first of them only. */
  async dequeueMany<C extends ChannelOf<Schema>>(
    channel: C,
    limit: number,
    options: ReceiveOptions = {},
  ): Promise<Delivery<Schema[C], ReplyOf<Replies, C>>[]> {
    const deliveries = await this.#receiver.dequeueMany(channel, limit, options);
    return deliveries as Delivery<Schema[C], ReplyOf<Replies, C>>[];
  }

  /**
   * Leases one event after the other, each when the loop asks for it. The body of the loop settles the events. The loop ends
   * when it breaks, when `signal` aborts, or at shutdown. Nothing is claimed after that.
   *
   * @example
   * for await (const delivery of events.iterEvents('order.placed', { signal })) await delivery.ack();
   */
  iterEvents<C extends ChannelOf<Schema>>(
    channel: C,
    options: IterateOptions = {},
  ): AsyncIterableIterator<Delivery<Schema[C], ReplyOf<Replies, C>>> {
    this.#requireOpen();
    return this.#receiver.iterate(channel, options) as AsyncIterableIterator<
      Delivery<Schema[C], ReplyOf<Replies, C>>
    >;
  }

  /**
   * Calls `handler` for each event, up to `concurrency` at the same time, and extends the lease while the handler runs.
   *
   * - The handler returns: the event is acknowledged, unless `autoAck` is false.
   * - It throws: the event is retried after a back-off, and becomes a dead letter after `maxAttempts`.
   * - It throws a {@link RejectError}: the event becomes a dead letter at once.
   * - It throws a {@link RetryError}: the event is retried after the error's delay.
   *
   * Each error is reported to the observer. A backend that fails is tried again after a back-off.
   *
   * @example
   * const listener = events.listen('order.placed', ({ payload, signal }) => upload(payload, signal), { concurrency: 4 });
   */
  listen<C extends ChannelOf<Schema>>(
    channel: C,
    handler: AsyncEventHandler<Schema[C], ReplyOf<Replies, C>>,
    options: ListenOptions = {},
  ): Listener {
    this.#requireOpen();
    return this.#receiver.listen(channel, handler as AsyncEventHandler, options);
  }

  /** Stops all listeners of a channel as {@link Listener.stop} does. */
  async stopListener(channel: ChannelOf<Schema>, options?: StopOptions): Promise<void> {
    checkStopOptions(options);
    await this.#receiver.stopListeners(options, channel);
  }

  /**
   * Acknowledges an event: it is never delivered again. `event` is a delivery, or an event id. For an id the channel uses the
   * lease of its newest delivery of that event. Errors: `closed`; `unsupported` for a `reply` without the capability.
   */
  async ack(event: string | Target, options?: AckOptions): Promise<Settlement> {
    return this.#settle('ack', event, options);
  }

  /** Returns an event: it is delivered again at its old place, or `delayMs` milliseconds from now. It is not leased meanwhile. */
  async nack(event: string | Target, options?: NackOptions): Promise<Settlement> {
    return this.#settle('nack', event, options);
  }

  /** Makes an event a dead letter. Needs the capability `reject`. */
  async reject(event: string | Target, options?: RejectOptions): Promise<Settlement> {
    return this.#settle('reject', event, options);
  }

  /** Moves the expiry of a lease to `ms` milliseconds from now. Needs the capability `extend`. */
  async extend(event: string | Target, ms: number): Promise<Settlement> {
    return this.#settle('extend', event, ms);
  }

  /**
   * Makes the events due at once that failed and wait for a retry. Events that were published with a delay are not affected.
   * `{ reason: 'offline' }` selects the events that wait for the network. Resolves with the number of events. Needs the
   * capability `retryNow`.
   */
  retryNow(channel: ChannelOf<Schema>, options?: RetryNowOptions): Promise<number> {
    return retryNow(this.#session, this.#backend, channel, options);
  }

  /** Resolves with the number of a channel's events in each state. Needs the capability `stats`. */
  stats(channel: ChannelOf<Schema>): Promise<ChannelStats> {
    return statsOf(this.#session, this.#backend, channel);
  }

  /** Resolves with dead letters of a channel, oldest first, at most `limit` (default 100). Needs the capability `deadLetters`. */
  async deadLetters<C extends ChannelOf<Schema>>(
    channel: C,
    options: { readonly limit?: number | undefined } = {},
  ): Promise<DeadLetter<Schema[C]>[]> {
    checkOptions(options);
    const { limit = 100 } = options;
    checkWholeNumber('limit', limit, 1);
    this.#session.requireVerb(channel, 'deadLetters');
    return (await this.#backend.deadLetters?.(channel, limit)) as DeadLetter<Schema[C]>[];
  }

  /**
   * Resolves with the number of events handled, once no listener of this client has a due event or a running handler. Rejects
   * with the signal's reason if `signal` aborts first. A handler of this client that awaits it waits for ever.
   */
  async drain(
    options: { readonly signal?: PlatformAbortSignal | undefined } = {},
  ): Promise<number> {
    this.#requireOpen();
    checkOptions(options);
    checkSignal(options.signal);
    return this.#session.hold(this.#receiver.drain(options.signal));
  }

  /**
   * Stops the listeners as {@link Listener.stop} does, ends pending waits, and nacks the deliveries that are not settled. The
   * last client of a backend object also shuts the backend down. Until then other clients go on. Idempotent: a later call
   * with `mode: 'release'` also ends the wait of an earlier call. A handler of this client that awaits it waits for ever: call
   * it there without `await`.
   */
  async shutdown(options?: StopOptions): Promise<void> {
    checkStopOptions(options);
    if (this.#shutdown && options?.mode === 'release') await this.#receiver.stopListeners(options);
    this.#shutdown ??= this.#session.hold(this.#close(options));
    return this.#shutdown;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  #settle(
    verb: SettlingVerb,
    event: string | Target,
    given?: SettlingArgument,
  ): Promise<Settlement> {
    this.#session.requireOpen();
    return this.#session.settler.settle(verb, event, given);
  }

  #requireOpen(): void {
    if (this.#shutdown) throw new AcklineError('closed', 'the channel was shut down');
  }

  async #close(options: StopOptions | undefined): Promise<void> {
    this.#receiver.endIterators();
    await this.#receiver.stopListeners(options); // Handlers that still run may settle and publish.
    if (this.#session.close()) await this.#backend.shutdown();
    else await this.#receiver.leave();
    this.#session.end();
  }
}
