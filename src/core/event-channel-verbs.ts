import type { ListenOptions, ReceiveOptions, RequestOptions } from './channel-options.ts';
import type { Target } from './delivery/delivered-leases.ts';
import type { AsyncEventHandler, Delivery } from './delivery/delivery.ts';
import type { ChannelStats, DeadLetter, PublishOptions, Settlement } from './events/message.ts';
import type { Confirmation, ConfirmTerms, Member } from './events/receipts.ts';
import type { IterateOptions } from './listening/event-iterator.ts';
import type { Listener, StopOptions } from './listening/listener.ts';
import type {
  DeadLettersOptions,
  PurgeOptions,
  RedriveOptions,
} from './options/dead-letter-options.ts';
import type { GroupOptions } from './options/queue-name.ts';
import type { RetryNowOptions } from './options/retry-now-options.ts';
import type {
  ChannelOf,
  DraftOf,
  PublishArguments,
  ReplyOf,
  RequestArguments,
} from './options/schema.ts';
import type { AckOptions, NackOptions, RejectOptions } from './options/settling-arguments.ts';
import type { RejectError, RetryError } from './reports/errors.ts';
import type { PlatformAbortSignal } from './runtime/platform-types.ts';
import type { Stop } from './runtime/runtime.ts';

/** What an `EventChannel` does. `Schema` and `Replies` are those of the channel. */
export interface EventChannelVerbs<
  Schema extends { [C in keyof Schema]: unknown },
  Replies extends { [C in keyof Replies]: unknown },
  Inputs extends { [C in keyof Inputs]: unknown } = Schema,
> {
  /**
   * Stores one event and resolves with its id when the event is as durable as the backend promises. With `confirm` it also
   * waits until that many members have acknowledged the event. Payload and metadata are copied during the call. Errors:
   * `not-cloneable`, `too-large`, `quota`, `storage`; `unconfirmed` if the event was published but too few members
   * acknowledged it.
   */
  publish<C extends ChannelOf<Inputs>>(
    channel: C,
    ...given: PublishArguments<Inputs[C], PublishOptions & ConfirmTerms<ReplyOf<Replies, C>>>
  ): Promise<string>;

  /**
   * Publishes to every member of a channel and resolves with a receipt of each. It resolves when `confirm` (default `'all'`)
   * is met, when every member has answered, or after `timeoutMs` (default 5,000). Without members it resolves at once.
   */
  publishConfirmed<C extends ChannelOf<Inputs>>(
    channel: C,
    ...given: PublishArguments<Inputs[C], PublishOptions & ConfirmTerms<ReplyOf<Replies, C>>>
  ): Promise<Confirmation<ReplyOf<Replies, C>>>;

  /**
   * Publishes to the other members of a channel and resolves with the first reply, which a member sends by `ack(reply)`. The
   * longest wait is `timeoutMs` (default 5,000). Errors: `no-members`, `no-reply`, `timeout`.
   */
  request<C extends ChannelOf<Inputs>>(
    channel: C,
    ...given: RequestArguments<Inputs[C], RequestOptions>
  ): Promise<ReplyOf<Replies, C>>;

  /** Resolves with the contexts that receive the events of a channel now, in no particular order. */
  members(channel: ChannelOf<Schema>): Promise<Member[]>;

  /** Calls `watcher` with the members of a channel, now and at each change, until the returned function is called. */
  watchMembers(channel: ChannelOf<Schema>, watcher: (members: readonly Member[]) => void): Stop;

  /**
   * Stores several events and resolves with their ids in input order. All events are checked before the first is stored. A
   * backend with the capability `publishMany` stores all or none. Without it the events are stored one after the other, and
   * after a failure the earlier ones stay stored. An empty batch resolves with `[]`.
   */
  publishMany(drafts: readonly DraftOf<Inputs>[]): Promise<string[]>;

  /** Leases the next due event; waits at most `pollIntervalMs`, then resolves with `null`. */
  dequeue<C extends ChannelOf<Schema>>(
    channel: C,
    options?: ReceiveOptions,
  ): Promise<Delivery<Schema[C], ReplyOf<Replies, C>> | null>;

  /** Leases up to `limit` due events in one step; waits as `dequeue` does, for the first of them only. */
  dequeueMany<C extends ChannelOf<Schema>>(
    channel: C,
    limit: number,
    options?: ReceiveOptions,
  ): Promise<Delivery<Schema[C], ReplyOf<Replies, C>>[]>;

  /**
   * Leases one event after the other, each when the loop asks for it. The body of the loop settles the events. The loop ends
   * when it breaks, when `signal` aborts, or at shutdown. Nothing is claimed after that.
   *
   * @example
   * for await (const delivery of events.iterEvents('order.placed', { signal })) await delivery.ack();
   */
  iterEvents<C extends ChannelOf<Schema>>(
    channel: C,
    options?: IterateOptions,
  ): AsyncIterableIterator<Delivery<Schema[C], ReplyOf<Replies, C>>>;

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
    options?: ListenOptions,
  ): Listener;

  /** Stops all listeners of a channel as {@link Listener.stop} does. */
  stopListener(channel: ChannelOf<Schema>, options?: StopOptions): Promise<void>;

  /**
   * Acknowledges an event: it is never delivered again. `event` is a delivery, or an event id. For an id the channel uses the
   * lease of its newest delivery of that event. Errors: `closed`; `unsupported` for a `reply` without the capability.
   */
  ack(event: string | Target, options?: AckOptions): Promise<Settlement>;

  /** Returns an event: it is delivered again at its old place, or `delayMs` milliseconds from now. It is not leased meanwhile. */
  nack(event: string | Target, options?: NackOptions): Promise<Settlement>;

  /** Makes an event a dead letter. Needs the capability `reject`. */
  reject(event: string | Target, options?: RejectOptions): Promise<Settlement>;

  /** Moves the expiry of a lease to `ms` milliseconds from now. Needs the capability `extend`. */
  extend(event: string | Target, ms: number): Promise<Settlement>;

  /**
   * Makes the events due at once that failed and wait for a retry. Events that were published with a delay are not affected.
   * `{ reason: 'offline' }` selects the events that wait for the network. Resolves with the number of events. Needs the
   * capability `retryNow`.
   */
  retryNow(channel: ChannelOf<Schema>, options?: RetryNowOptions): Promise<number>;

  /**
   * Resolves with the number of a channel's events in each state, of its plain queue or of a group. Needs the capability `stats`.
   */
  stats(channel: ChannelOf<Schema>, options?: GroupOptions): Promise<ChannelStats>;

  /**
   * Resolves with a page of dead letters, oldest first, at most `limit` (default 100). The `cursor` of its last letter is the
   * `after` of the next page. Needs the capability `deadLetters`, and `cursor` for `after`.
   *
   * @example
   * const page = await events.deadLetters('upload', { limit: 50, after: previousPage.at(-1)?.cursor });
   */
  deadLetters<C extends ChannelOf<Schema>>(
    channel: C,
    options?: DeadLettersOptions,
  ): Promise<DeadLetter<Schema[C]>[]>;

  /**
   * Puts dead letters back to the end of the channel, with no attempts counted, and resolves with their number. The messages
   * say so in `redriven`. It works in steps of up to 1,000 letters, each of which takes effect in full or not at all. Letters
   * that are added meanwhile are left, and a call after an abort or a fault goes on with those that are left. Needs the
   * capability `redrive`. Errors: `TypeError` for an unknown option; `closed` at a shutdown; `quota`, `storage`.
   *
   * @example
   * await events.redrive('upload', { reason: 'attempts-exhausted', onProgress: ({ redriven }) => show(redriven) });
   */
  redrive<C extends ChannelOf<Schema>>(
    channel: C,
    options?: RedriveOptions<Schema[C]>,
  ): Promise<number>;

  /** Deletes dead letters, in steps as {@link redrive} does, and resolves with their number. Needs the capability `purge`. */
  purge<C extends ChannelOf<Schema>>(
    channel: C,
    options?: PurgeOptions<Schema[C]>,
  ): Promise<number>;

  /**
   * Removes an event that waits or is scheduled: it is never delivered. Resolves with `ok`; with `stale` if a consumer leases the
   * event; with `gone` if it is acknowledged, a dead letter or unknown. Nothing changes then. Needs the capability `cancel`.
   */
  cancel(channel: ChannelOf<Schema>, eventId: string): Promise<Settlement>;

  /** Resolves with the keys of a channel that a dead letter blocks; see `onDeadLetter`. Needs the capability `keys`. */
  blockedKeys(channel: ChannelOf<Schema>): Promise<string[]>;

  /**
   * Lets the events of a blocked key go on, without the dead letter. Resolves with whether the key was blocked. Needs the
   * capability `keys`. Errors: `TypeError` for a key that is no string of 1 to 200 characters.
   *
   * @example
   * for (const key of await events.blockedKeys('document.saved')) await events.releaseKey('document.saved', key);
   */
  releaseKey(channel: ChannelOf<Schema>, key: string): Promise<boolean>;

  /**
   * Resolves with the number of events handled, once no listener of this client has a due event or a running handler. Rejects
   * with the signal's reason if `signal` aborts first. A handler of this client that awaits it waits for ever.
   */
  drain(options?: { readonly signal?: PlatformAbortSignal | undefined }): Promise<number>;

  /**
   * Stops the listeners as {@link Listener.stop} does, ends pending waits, and nacks the deliveries that are not settled. The
   * last client of a backend object also shuts the backend down. Until then other clients go on. Idempotent: a later call
   * with `mode: 'release'` also ends the wait of an earlier call. A handler of this client that awaits it waits for ever: call
   * it there without `await`.
   */
  shutdown(options?: StopOptions): Promise<void>;
}
