import { checkChannelName } from '../core/channel-name.ts';
import { DeliveredLeases, type Target } from '../core/delivered-leases.ts';
import { AcklineError } from '../core/errors.ts';
import type { Command } from '../core/lifecycle.ts';
import type {
  ChannelStats,
  DeadLetter,
  EventDraft,
  EventMessage,
  Lease,
  Metadata,
  PublishOptions,
  Settlement,
} from '../core/message.ts';
import { type Observer, safeObserver } from '../core/observer.ts';
import { checkWholeNumber } from '../core/options.ts';
import type {
  AckOptions,
  AsyncEventBackend,
  Capabilities,
  DequeueOptions,
  NackOptions,
  RejectOptions,
} from '../core/protocols.ts';
import type { Runtime, Stop } from '../core/runtime.ts';
import { requireOptionsOf, type SettlingArgument, type SettlingVerb } from '../core/settler.ts';
import { QUEUE_CAPABILITIES } from './capabilities.ts';
import { draftEvents } from './draft-events.ts';
import type { ClaimRequest, EventStore } from './event-store.ts';
import type { Isolation } from './isolation.ts';
import type { Notifier, Subscription } from './notifier.ts';
import { claimRequest, commandOf, releaseRequests, settleRequest } from './requests.ts';
import { Wait } from './wait.ts';

export interface QueueBackendParts {
  readonly backendName: string;
  readonly store: EventStore;
  readonly notifier: Notifier;
  readonly runtime: Runtime;
  /** How payloads are taken in; default `clone`. */
  readonly isolation?: Isolation | undefined;
  /** What the store can do; default is what every store can. */
  readonly capabilities?: Capabilities;
}

/**
 * The asynchronous backend over any store: waiting, waking and remembering what was delivered, written once.
 * A wait subscribes first and looks then, so that no event falls between; a lost hint costs one poll interval.
 */
export class QueueBackend implements AsyncEventBackend {
  readonly supportsAsync = true;
  readonly capabilities: Capabilities;
  readonly backendName: string;
  readonly runtime: Runtime;
  readonly #store: EventStore;
  readonly #notifier: Notifier;
  readonly #isolation: Isolation | undefined;
  readonly #leases = new DeliveredLeases();
  readonly #waits = new Set<Wait>();
  /** Calls to the store under way; shutdown lets them end. */
  readonly #pending = new Set<Promise<unknown>>();
  #shutdown: Promise<void> | undefined;

  constructor({
    backendName,
    store,
    notifier,
    runtime,
    isolation,
    capabilities = QUEUE_CAPABILITIES,
  }: QueueBackendParts) {
    this.capabilities = capabilities;
    this.backendName = backendName;
    this.runtime = runtime;
    this.#isolation = isolation;
    this.#store = store;
    this.#notifier = notifier;
  }

  async publish(
    channel: string,
    payload: unknown,
    metadata: Metadata | null = null,
    options: PublishOptions = {},
  ): Promise<string> {
    const [eventId] = await this.publishMany([{ channel, payload, metadata, options }]);
    return eventId as string;
  }

  async publishMany(drafts: readonly EventDraft[]): Promise<string[]> {
    this.#requireOpen();
    const events = draftEvents(drafts, this, this.#isolation);
    if (events.length === 0) return [];
    await this.#track(this.#store.append(events));
    this.#notifier.notify(new Set(events.map(({ channel }) => channel)));
    return events.map(({ eventId }) => eventId);
  }

  async dequeue(
    channel: string,
    pollIntervalMs: number,
    options?: DequeueOptions,
  ): Promise<EventMessage | null> {
    const [message] = await this.dequeueMany(channel, 1, pollIntervalMs, options);
    return message ?? null;
  }

  async dequeueMany(
    channel: string,
    limit: number,
    pollIntervalMs: number,
    options?: DequeueOptions,
  ): Promise<EventMessage[]> {
    this.#requireOpen();
    const request = claimRequest(this, channel, limit, pollIntervalMs, options);
    const signal = options?.signal;
    const wait = new Wait();
    const subscription = this.#notifier.subscribe(channel, wait.wake);
    this.#waits.add(wait);
    signal?.addEventListener('abort', wait.wake);
    try {
      return await this.#waitFor(request, wait, subscription, pollIntervalMs, signal);
    } finally {
      signal?.removeEventListener('abort', wait.wake);
      this.#waits.delete(wait);
      subscription.stop();
    }
  }

  ack(eventId: string, lease?: Lease, options?: AckOptions): Promise<Settlement> {
    return this.#settle('ack', eventId, lease, options);
  }

  nack(eventId: string, lease?: Lease, options?: NackOptions): Promise<Settlement> {
    return this.#settle('nack', eventId, lease, options);
  }

  reject(eventId: string, lease?: Lease, options?: RejectOptions): Promise<Settlement> {
    return this.#settle('reject', eventId, lease, options);
  }

  extend(eventId: string, lease: Lease | undefined, ms: number): Promise<Settlement> {
    return this.#settle('extend', eventId, lease, ms);
  }

  async stats(channel: string): Promise<ChannelStats> {
    this.#requireOpen();
    checkChannelName(channel);
    return this.#track(this.#store.stats(channel));
  }

  async deadLetters(channel: string, limit: number): Promise<DeadLetter[]> {
    this.#requireOpen();
    checkChannelName(channel);
    return this.#track(this.#store.deadLetters(channel, checkWholeNumber('limit', limit, 1)));
  }

  observe(observer: Observer): Stop {
    return this.#store.observe(safeObserver(observer));
  }

  shutdown(): Promise<void> {
    this.#shutdown ??= this.#close();
    return this.#shutdown;
  }

  async #close(): Promise<void> {
    for (const wait of this.#waits) wait.wake();
    // What a look brings now is handed back, which is a further call.
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
    try {
      await this.#giveBack(this.#leases.takeAll());
    } finally {
      this.#notifier.close();
      await this.#store.close();
    }
  }

  async #waitFor(
    request: ClaimRequest,
    wait: Wait,
    subscription: Subscription,
    pollIntervalMs: number,
    signal: AbortSignal | undefined,
  ): Promise<EventMessage[]> {
    let endsAt = this.runtime.now() + pollIntervalMs;
    for (;;) {
      signal?.throwIfAborted();
      if (this.#shutdown) return [];
      const { messages, nextDueAt } = await this.#track(this.#store.claim(request));
      if (signal?.aborted || this.#shutdown) {
        // For a consumer that has gone meanwhile: nobody saw them, so the attempt does not count.
        await this.#giveBack(messages, { verb: 'release' });
        continue;
      }
      if (messages.length > 0) return this.#handOut(messages);
      const now = this.runtime.now();
      // For good, and not at each look anew: the clock may be set back by years.
      endsAt = Math.min(endsAt, now + pollIntervalMs);
      const leftMs = endsAt - now;
      if (leftMs <= 0) return [];
      const leads = subscription.rest(nextDueAt !== null);
      const untilDueMs = leads && nextDueAt !== null ? nextDueAt - now : leftMs;
      await wait.sleep(this.runtime, Math.min(leftMs, untilDueMs));
    }
  }

  #handOut(messages: readonly EventMessage[]): EventMessage[] {
    for (const message of messages) this.#leases.add(message);
    return [...messages];
  }

  async #giveBack(targets: readonly Target[], command?: Command): Promise<void> {
    if (targets.length === 0) return;
    await this.#track(this.#store.settle(releaseRequests(targets, command)));
    this.#notifier.notify(new Set(targets.map(({ channel }) => channel)));
  }

  async #settle(
    verb: SettlingVerb,
    eventId: string,
    lease: Lease | undefined,
    given?: SettlingArgument,
  ): Promise<Settlement> {
    this.#requireOpen();
    if (verb === 'ack') requireOptionsOf(this, given as AckOptions);
    const request = settleRequest(this.#leases, eventId, lease, commandOf(verb, given));
    if (!request) return 'gone';
    const channel = this.#leases.get(eventId)?.channel;
    const [settlement] = await this.#track(this.#store.settle([request]));
    const isHeld = verb === 'extend' && settlement === 'ok';
    if (!isHeld) this.#leases.forget(eventId, request.lease);
    if (verb === 'nack' && settlement === 'ok' && channel) this.#notifier.notify([channel]);
    return settlement as Settlement;
  }

  #requireOpen(): void {
    if (this.#shutdown)
      throw new AcklineError('closed', `the ${this.backendName} backend was shut down`);
  }

  /** Shutdown waits for what runs; what answers at once needs no keeping. */
  #track<T>(answer: T | Promise<T>): T | Promise<T> {
    if (!(answer instanceof Promise)) return answer;
    this.#pending.add(answer);
    const drop = () => this.#pending.delete(answer);
    answer.then(drop, drop);
    return answer;
  }
}
