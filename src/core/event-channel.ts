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
   * Stores one event and resolves with its id once it is as durable as the backend promises, and, with `confirm`, as
   * many members have acknowledged it. Payload and metadata are copied at once. Errors: `not-cloneable`, `too-large`,
   * `quota`, `storage`; `unconfirmed` where it was published, but too few acknowledged.
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
   * Publishes to every member of a channel, and resolves with what each of them made of it, as soon as `confirm`
   * (default `all`) is met, everybody has answered, or `timeoutMs` (default 5,000) have passed. No members: at once.
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
   * Asks the other members of a channel, and resolves with the first reply, which one of them gives by `ack(reply)`;
   * the longest wait is `timeoutMs` (default 5,000). Errors: `no-members`, `no-reply`, `timeout`.
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

  /** Who receives the events of a channel now, in no particular order. */
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
   * Stores several events and resolves with their ids in input order. All or nothing where the backend
   * declares `publishMany`; otherwise one after the other, and a failure leaves those before it stored.
   * All are checked before anything is stored. An empty batch resolves with `[]`.
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
   * Leases event after event for as long as the loop goes on; settling is up to the loop's body.
   * Ends when the loop breaks, when `signal` aborts, or at shutdown, and claims nothing from then on.
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
   * Calls `handler` for each event, up to `concurrency` at once, extending its lease while it runs.
   * It returns: ack. It throws: nack with back-off, dead letter after `maxAttempts`. {@link RejectError}:
   * dead letter at once. {@link RetryError}: nack with its delay. A failing backend is tried again.
   */
  listen<C extends ChannelOf<Schema>>(
    channel: C,
    handler: AsyncEventHandler<Schema[C], ReplyOf<Replies, C>>,
    options: ListenOptions = {},
  ): Listener {
    this.#requireOpen();
    return this.#receiver.listen(channel, handler as AsyncEventHandler, options);
  }

  /** Stops all listeners of a channel, as {@link Listener.stop} does. */
  async stopListener(channel: ChannelOf<Schema>, options?: StopOptions): Promise<void> {
    checkStopOptions(options);
    await this.#receiver.stopListeners(options, channel);
  }

  /** Done: never again. A bare id is fenced by the lease that this channel received with it last. */
  async ack(event: string | Target, options?: AckOptions): Promise<Settlement> {
    return this.#settle('ack', event, options);
  }

  /** Not done: again, at its old place, or `delayMs` from now. A delayed event is not leased meanwhile. */
  async nack(event: string | Target, options?: NackOptions): Promise<Settlement> {
    return this.#settle('nack', event, options);
  }

  /** Never again: to the dead letters. */
  async reject(event: string | Target, options?: RejectOptions): Promise<Settlement> {
    return this.#settle('reject', event, options);
  }

  /** Moves the lease's expiry to `ms` from now. */
  async extend(event: string | Target, ms: number): Promise<Settlement> {
    return this.#settle('extend', event, ms);
  }

  /** Makes due at once what failed and waits for its delay, not what was published with one; with `{ reason: 'offline' }` only what waits for the network. Resolves with how many. Needs the capability `retryNow`. */
  retryNow(channel: ChannelOf<Schema>, options?: RetryNowOptions): Promise<number> {
    return retryNow(this.#session, this.#backend, channel, options);
  }

  stats(channel: ChannelOf<Schema>): Promise<ChannelStats> {
    return statsOf(this.#session, this.#backend, channel);
  }

  /** Dead letters of a channel, oldest first, at most `limit` (default 100). */
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
   * Resolves with the number of events handled, once no listener of this channel has anything due or running.
   * Rejects with the signal's reason where that aborts first. Awaited within a handler of this channel it never resolves.
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
   * Stops the listeners as {@link Listener.stop} does, ends the waits of this channel, and hands back what it was
   * delivered and has not settled. The last channel over a backend object shuts the backend down too; until then the
   * other channels go on. Idempotent; a later call with `release` hurries an earlier one.
   * Awaited within a handler of this channel it never resolves: call it there without `await`.
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
