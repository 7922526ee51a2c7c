/// <reference lib="esnext.disposable" preserve="true" />

import { callVerb, pageOf, publishAll, retryNowCall } from './backend-calls.ts';
import type {
  EventChannelOptions,
  ListenOptions,
  ReceiveOptions,
  RequestOptions,
} from './channel-options.ts';
import type { Target } from './delivery/delivered-leases.ts';
import type { AsyncEventHandler, Delivery } from './delivery/delivery.ts';
import { rejection } from './delivery/rejection.ts';
import type { SettlingArgument, SettlingVerb } from './delivery/settler.ts';
import type { EventChannelVerbs } from './event-channel-verbs.ts';
import type { ChannelStats, DeadLetter, PublishOptions, Settlement } from './events/message.ts';
import type { Confirmation, ConfirmTerms, Member } from './events/receipts.ts';
import type { IterateOptions } from './listening/event-iterator.ts';
import { checkStopOptions, type Listener, type StopOptions } from './listening/listener.ts';
import { checkChannelName } from './options/channel-name.ts';
import type {
  DeadLettersOptions,
  PurgeOptions,
  RedriveOptions,
} from './options/dead-letter-options.ts';
import { checkOptions, refuse, requireChannelOptions } from './options/options.ts';
import type { GroupOptions } from './options/queue-name.ts';
import type { RetryNowOptions } from './options/retry-now-options.ts';
import type {
  AnySchema,
  ChannelOf,
  DraftOf,
  PublishArguments,
  ReplyOf,
  RequestArguments,
} from './options/schema.ts';
import type { AckOptions, NackOptions, RejectOptions } from './options/settling-arguments.ts';
import { type AsyncEventBackend, isAsyncEventBackend } from './protocols/protocols.ts';
import { Receiver } from './receiver.ts';
import { AcklineError } from './reports/errors.ts';
import type { Stop } from './runtime/runtime.ts';
import { Tagged } from './runtime/tagged.ts';
import { Session } from './session.ts';

/**
 * Publishes to and consumes from named channels over any {@link AsyncEventBackend}. `Schema` maps channel names to payload
 * types, `Replies` to the types of the replies to `request`. An event is delivered at least once, so handlers must be safe
 * to repeat. Mistakes of the caller are `TypeError`, faults {@link AcklineError}.
 * @example
 * const events = new EventChannel<{ greeting: string }>({ backend: memoryBackend() });
 * events.listen('greeting', ({ payload }) => console.log(payload));
 * await events.publish('greeting', 'hello');
 */
export class EventChannel<
    Schema extends { [C in keyof Schema]: unknown } = AnySchema,
    Replies extends { [C in keyof Replies]: unknown } = AnySchema,
    Inputs extends { [C in keyof Inputs]: unknown } = Schema,
  >
  extends Tagged
  implements EventChannelVerbs<Schema, Replies, Inputs>, AsyncDisposable
{
  readonly #session: Session<Promise<Settlement>>;
  readonly #backend: AsyncEventBackend;
  readonly #receiver: Receiver;
  #shutdown: Promise<void> | undefined;

  constructor(options: EventChannelOptions<Schema, Inputs>) {
    super();
    requireChannelOptions(options);
    const { backend, ...rest } = options;
    if (!isAsyncEventBackend(backend))
      refuse('backend', 'an asynchronous backend, such as memoryBackend()', backend);
    this.#session = new Session(backend, rest, rejection, this);
    this.#backend = backend;
    this.#receiver = new Receiver(this.#session, backend);
  }

  async publish<C extends ChannelOf<Inputs>>(
    channel: C,
    ...given: PublishArguments<Inputs[C], PublishOptions & ConfirmTerms<ReplyOf<Replies, C>>>
  ): Promise<string> {
    const [value, about, asked] = given;
    const draft = { channel, payload: value, metadata: about, options: asked };
    const { payload, metadata, options } = this.#session.admit(draft);
    const eventId = await this.#backend.publish(channel, payload, metadata, options);
    return this.#session.published(channel, eventId);
  }

  async publishConfirmed<C extends ChannelOf<Inputs>>(
    channel: C,
    ...given: PublishArguments<Inputs[C], PublishOptions & ConfirmTerms<ReplyOf<Replies, C>>>
  ): Promise<Confirmation<ReplyOf<Replies, C>>> {
    const [payload, metadata, options] = given;
    const asked = { channel, payload, metadata, options };
    const draft = this.#session.admitFor('publishConfirmed', asked);
    return this.#backend.publishConfirmed?.(draft) as Promise<Confirmation<ReplyOf<Replies, C>>>;
  }

  async request<C extends ChannelOf<Inputs>>(
    channel: C,
    ...given: RequestArguments<Inputs[C], RequestOptions>
  ): Promise<ReplyOf<Replies, C>> {
    const [payload, options = {}] = given;
    checkOptions(options);
    const { metadata, ...terms } = options;
    const asked = { channel, payload, metadata, options: terms };
    const draft = this.#session.admitFor('request', asked);
    return this.#backend.request?.(draft) as Promise<ReplyOf<Replies, C>>;
  }

  async members(channel: ChannelOf<Schema>): Promise<Member[]> {
    return callVerb(this.#session, this.#backend, 'members', channel);
  }

  watchMembers(channel: ChannelOf<Schema>, watcher: (members: readonly Member[]) => void): Stop {
    this.#session.requireVerb(channel, 'members');
    if (typeof watcher !== 'function') refuse('watcher', 'a function', watcher);
    return this.#receiver.watchMembers(channel, watcher);
  }

  async publishMany(drafts: readonly DraftOf<Inputs>[]): Promise<string[]> {
    const admitted = this.#session.admitAll(drafts);
    if (admitted.length === 0) return [];
    return this.#session.publishedAll(admitted, await publishAll(this.#backend, admitted));
  }

  async dequeue<C extends ChannelOf<Schema>>(
    channel: C,
    options: ReceiveOptions = {},
  ): Promise<Delivery<Schema[C], ReplyOf<Replies, C>> | null> {
    return (await this.dequeueMany(channel, 1, options))[0] ?? null;
  }

  async dequeueMany<C extends ChannelOf<Schema>>(
    channel: C,
    limit: number,
    options: ReceiveOptions = {},
  ): Promise<Delivery<Schema[C], ReplyOf<Replies, C>>[]> {
    const deliveries = await this.#receiver.dequeueMany(channel, limit, options);
    return deliveries as Delivery<Schema[C], ReplyOf<Replies, C>>[];
  }

  iterEvents<C extends ChannelOf<Schema>>(
    channel: C,
    options: IterateOptions = {},
  ): AsyncIterableIterator<Delivery<Schema[C], ReplyOf<Replies, C>>> {
    return this.#receiver.iterate(channel, options) as AsyncIterableIterator<
      Delivery<Schema[C], ReplyOf<Replies, C>>
    >;
  }

  listen<C extends ChannelOf<Schema>>(
    channel: C,
    handler: AsyncEventHandler<Schema[C], ReplyOf<Replies, C>>,
    options: ListenOptions = {},
  ): Listener {
    return this.#receiver.listen(channel, handler as AsyncEventHandler, options);
  }

  async stopListener(channel: ChannelOf<Schema>, options?: StopOptions): Promise<void> {
    checkChannelName(channel);
    checkStopOptions(options);
    await this.#receiver.stopListeners(options, channel);
  }

  async ack(event: string | Target, options?: AckOptions): Promise<Settlement> {
    return this.#settle('ack', event, options);
  }

  async nack(event: string | Target, options?: NackOptions): Promise<Settlement> {
    return this.#settle('nack', event, options);
  }

  async reject(event: string | Target, options?: RejectOptions): Promise<Settlement> {
    return this.#settle('reject', event, options);
  }

  async extend(event: string | Target, ms: number): Promise<Settlement> {
    return this.#settle('extend', event, ms);
  }

  async retryNow(channel: ChannelOf<Schema>, options?: RetryNowOptions): Promise<number> {
    const call = retryNowCall(this.#session, channel, options);
    return this.#backend.retryNow?.(...call) as Promise<number>;
  }

  async stats(channel: ChannelOf<Schema>, options?: GroupOptions): Promise<ChannelStats> {
    return callVerb(this.#session, this.#backend, 'stats', channel, options);
  }

  async deadLetters<C extends ChannelOf<Schema>>(
    channel: C,
    options?: DeadLettersOptions,
  ): Promise<DeadLetter<Schema[C]>[]> {
    return pageOf(this.#session, this.#backend, channel, options);
  }

  async redrive<C extends ChannelOf<Schema>>(
    channel: C,
    options?: RedriveOptions<Schema[C]>,
  ): Promise<number> {
    return callVerb(this.#session, this.#backend, 'redrive', channel, options);
  }

  async purge<C extends ChannelOf<Schema>>(
    channel: C,
    options?: PurgeOptions<Schema[C]>,
  ): Promise<number> {
    return callVerb(this.#session, this.#backend, 'purge', channel, options);
  }

  async cancel(channel: ChannelOf<Schema>, eventId: string): Promise<Settlement> {
    return callVerb(this.#session, this.#backend, 'cancel', channel, eventId);
  }

  async blockedKeys(channel: ChannelOf<Schema>): Promise<string[]> {
    return callVerb(this.#session, this.#backend, 'blockedKeys', channel);
  }

  async releaseKey(channel: ChannelOf<Schema>, key: string): Promise<boolean> {
    return callVerb(this.#session, this.#backend, 'releaseKey', channel, key);
  }

  async drain(options: Pick<ReceiveOptions, 'signal'> = {}): Promise<number> {
    return this.#session.hold(this.#receiver.drain(options));
  }

  async shutdown(options?: StopOptions): Promise<void> {
    checkStopOptions(options);
    if (this.#shutdown && options?.mode === 'release') await this.#receiver.stopListeners(options);
    this.#shutdown ??= this.#session.hold(this.#close(options));
    return this.#shutdown;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  #settle(verb: SettlingVerb, ...given: [string | Target, SettlingArgument?]): Promise<Settlement> {
    this.#session.requireOpen();
    return this.#session.settler.settle(verb, ...given);
  }

  async #close(options: StopOptions | undefined): Promise<void> {
    this.#receiver.endIterators();
    await this.#receiver.stopListeners(options); // Handlers that still run may settle and publish.
    if (this.#session.close()) await this.#backend.shutdown();
    else await this.#receiver.leave();
    this.#session.end();
  }
}
