/// <reference lib="esnext.disposable" preserve="true" />

import { callVerb, pageOf, publishAllSync, retryNowCall } from './backend-calls.ts';
import type {
  ReceiveOptions,
  SyncEventChannelOptions,
  SyncListenOptions,
} from './channel-options.ts';
import type { Target } from './delivery/delivered-leases.ts';
import type { SyncDelivery, SyncEventHandler } from './delivery/delivery.ts';
import type { SettlingArgument, SettlingVerb } from './delivery/settler.ts';
import type { ChannelStats, DeadLetter, PublishOptions, Settlement } from './events/message.ts';
import { SyncDrain } from './listening/sync-drain.ts';
import type { SyncListener } from './listening/sync-listener.ts';
import { checkChannelName } from './options/channel-name.ts';
import type {
  DeadLettersOptions,
  PurgeOptions,
  RedriveOptions,
} from './options/dead-letter-options.ts';
import { refuse, requireChannelOptions } from './options/options.ts';
import type { GroupOptions } from './options/queue-name.ts';
import type { RetryNowOptions } from './options/retry-now-options.ts';
import type { AnySchema, ChannelOf, DraftOf, PublishArguments } from './options/schema.ts';
import type { NackOptions, RejectOptions } from './options/settling-arguments.ts';
import { isSyncEventBackend, type SyncEventBackend } from './protocols/protocols.ts';
import { Tagged } from './runtime/tagged.ts';
import { Session } from './session.ts';
import { SyncReceiver } from './sync-receiver.ts';

/**
 * {@link EventChannel} without promises, over a {@link SyncEventBackend}. `dequeue` returns at once. Listeners run in `drain()`
 * and, unless `autoDrain` is false, in a microtask after each publish.
 *
 * @example
 * const events = new SyncEventChannel<{ greeting: string }>({ backend: syncMemoryBackend() });
 * events.listen('greeting', ({ payload }) => console.log(payload));
 * events.publish('greeting', 'hello');
 * console.log(events.drain()); // 1
 */
export class SyncEventChannel<
    Schema extends { [C in keyof Schema]: unknown } = AnySchema,
    Inputs extends { [C in keyof Inputs]: unknown } = Schema,
  >
  extends Tagged
  implements Disposable
{
  readonly #session: Session<Settlement>;
  readonly #backend: SyncEventBackend;
  readonly #drain: SyncDrain;
  readonly #receiver: SyncReceiver;
  #isShutDown = false;

  constructor(options: SyncEventChannelOptions<Schema, Inputs>) {
    super();
    requireChannelOptions(options);
    const { backend, autoDrain = true, ...rest } = options;
    if (!isSyncEventBackend(backend))
      refuse('backend', 'a synchronous backend, such as syncMemoryBackend()', backend);
    if (typeof autoDrain !== 'boolean') refuse('autoDrain', 'true or false', autoDrain);
    const fail = (error: unknown) => {
      throw error;
    };
    this.#session = new Session(backend, rest, fail, this);
    this.#backend = backend;
    this.#drain = new SyncDrain(autoDrain, (run) => this.#session.callSoon(run));
    this.#receiver = new SyncReceiver(this.#session, backend, this.#drain);
  }

  /** Stores one event and returns its id. Payload and metadata are copied. */
  publish<C extends ChannelOf<Inputs>>(
    channel: C,
    ...given: PublishArguments<Inputs[C], PublishOptions>
  ): string {
    const [payload, metadata, options] = given;
    const draft = this.#session.admit({ channel, payload, metadata, options });
    const eventId = this.#backend.publish(channel, draft.payload, draft.metadata, draft.options);
    this.#session.published(channel, eventId);
    this.#drain.plan();
    return eventId;
  }

  /** As {@link EventChannel.publishMany}. */
  publishMany(drafts: readonly DraftOf<Inputs>[]): string[] {
    const admitted = this.#session.admitAll(drafts);
    if (admitted.length === 0) return [];
    const eventIds = publishAllSync(this.#backend, admitted);
    this.#session.publishedAll(admitted, eventIds);
    this.#drain.plan();
    return eventIds;
  }

  /** Leases the next due event, or returns `null` at once. */
  dequeue<C extends ChannelOf<Schema>>(
    channel: C,
    options: ReceiveOptions = {},
  ): SyncDelivery<Schema[C]> | null {
    return this.dequeueMany(channel, 1, options)[0] ?? null;
  }

  /** Leases up to `limit` due events in one step. */
  dequeueMany<C extends ChannelOf<Schema>>(
    channel: C,
    limit: number,
    options: ReceiveOptions = {},
  ): SyncDelivery<Schema[C]>[] {
    const deliveries = this.#receiver.dequeueMany(channel, limit, options);
    return deliveries as SyncDelivery<Schema[C]>[];
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
    return this.#receiver.listen(channel, handler as SyncEventHandler, options);
  }

  /** Stops all listeners of a channel and its groups. */
  stopListener(channel: ChannelOf<Schema>): void {
    checkChannelName(channel);
    this.#drain.stop(channel);
  }

  /** As {@link EventChannel.ack}. */
  ack(event: string | Target): Settlement {
    this.#drain.plan(); // It begins after this call, which may let the next event of a key go on.
    return this.#settle('ack', event);
  }

  /** As {@link EventChannel.nack}. */
  nack(event: string | Target, options?: NackOptions): Settlement {
    const settlement = this.#settle('nack', event, options);
    this.#drain.plan();
    return settlement;
  }

  /** As {@link EventChannel.reject}. */
  reject(event: string | Target, options?: RejectOptions): Settlement {
    this.#drain.plan();
    return this.#settle('reject', event, options);
  }

  /** As {@link EventChannel.extend}. */
  extend(event: string | Target, ms: number): Settlement {
    return this.#settle('extend', event, ms);
  }

  /** As {@link EventChannel.retryNow}. */
  retryNow(channel: ChannelOf<Schema>, options?: RetryNowOptions): number {
    const call = retryNowCall(this.#session, channel, options);
    this.#drain.plan();
    return this.#backend.retryNow?.(...call) as number;
  }

  stats(channel: ChannelOf<Schema>, options?: GroupOptions): ChannelStats {
    return callVerb(this.#session, this.#backend, 'stats', channel, options);
  }

  /** As {@link EventChannel.deadLetters}. */
  deadLetters<C extends ChannelOf<Schema>>(
    channel: C,
    options?: DeadLettersOptions,
  ): DeadLetter<Schema[C]>[] {
    return pageOf(this.#session, this.#backend, channel, options);
  }

  /** As {@link EventChannel.redrive}. */
  redrive<C extends ChannelOf<Schema>>(channel: C, options?: RedriveOptions<Schema[C]>): number {
    this.#drain.plan(); // It begins after this call.
    return callVerb(this.#session, this.#backend, 'redrive', channel, options);
  }

  /** As {@link EventChannel.purge}. */
  purge<C extends ChannelOf<Schema>>(channel: C, options?: PurgeOptions<Schema[C]>): number {
    return callVerb(this.#session, this.#backend, 'purge', channel, options);
  }

  /** As {@link EventChannel.cancel}. */
  cancel(channel: ChannelOf<Schema>, eventId: string): Settlement {
    this.#drain.plan();
    return callVerb(this.#session, this.#backend, 'cancel', channel, eventId);
  }

  /** As {@link EventChannel.blockedKeys}. */
  blockedKeys(channel: ChannelOf<Schema>): string[] {
    return callVerb(this.#session, this.#backend, 'blockedKeys', channel);
  }

  /** As {@link EventChannel.releaseKey}. */
  releaseKey(channel: ChannelOf<Schema>, key: string): boolean {
    this.#drain.plan();
    return callVerb(this.#session, this.#backend, 'releaseKey', channel, key);
  }

  /**
   * Handles all due events, one event of each listener after the other, and returns the number of events handled. A call
   * within a handler returns 0, because the outer drain goes on.
   */
  drain(): number {
    this.#session.requireOpen();
    return this.#drain.run(Number.POSITIVE_INFINITY);
  }

  /** As {@link EventChannel.shutdown}. Idempotent. */
  shutdown(): void {
    if (this.#isShutDown) return;
    this.#isShutDown = true;
    this.#drain.stop();
    if (this.#session.close()) this.#backend.shutdown();
    else void this.#session.releaseAll();
    this.#session.end();
  }

  [Symbol.dispose](): void {
    this.shutdown();
  }

  #settle(verb: SettlingVerb, event: string | Target, given?: SettlingArgument): Settlement {
    this.#session.requireOpen();
    return this.#session.settler.settle(verb, event, given);
  }
}
