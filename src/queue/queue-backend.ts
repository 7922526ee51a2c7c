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
  AsyncEventBackend,
  Capabilities,
  DequeueOptions,
  NackOptions,
  RejectOptions,
} from '../core/protocols.ts';
import type { Runtime, Stop } from '../core/runtime.ts';
import { QUEUE_CAPABILITIES } from './capabilities.ts';
import { draftEvents } from './draft-events.ts';
import type { ClaimRequest, EventStore } from './event-store.ts';
import type { Notifier } from './notifier.ts';
import {
  channelRequest,
  claimRequest,
  DeliveredLeases,
  extendCommand,
  nackCommand,
  rejectCommand,
} from './requests.ts';
import { Wait } from './wait.ts';

export interface QueueBackendParts {
  readonly backendName: string;
  readonly store: EventStore;
  readonly notifier: Notifier;
  readonly runtime: Runtime;
}

/**
 * The asynchronous backend over any store: waiting, waking and remembering what was delivered, written once.
 * A wait subscribes first and looks then, so that no event falls between; a lost hint costs one poll interval.
 */
export class QueueBackend implements AsyncEventBackend {
  readonly supportsAsync = true;
  readonly capabilities: Capabilities = QUEUE_CAPABILITIES;
  readonly backendName: string;
  readonly runtime: Runtime;
  readonly #store: EventStore;
  readonly #notifier: Notifier;
  readonly #leases = new DeliveredLeases();
  readonly #waits = new Set<Wait>();
  /** Calls to the store under way; shutdown lets them end. */
  readonly #pending = new Set<Promise<unknown>>();
  #shutdown: Promise<void> | undefined;

  constructor({ backendName, store, notifier, runtime }: QueueBackendParts) {
    this.backendName = backendName;
    this.runtime = runtime;
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
    const events = draftEvents(drafts, this.runtime);
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
    const request = claimRequest(channel, limit, pollIntervalMs, options);
    const signal = options?.signal;
    signal?.throwIfAborted();
    const wait = new Wait();
    const unsubscribe = this.#notifier.subscribe(channel, wait.wake);
    this.#waits.add(wait);
    signal?.addEventListener('abort', wait.wake);
    try {
      return await this.#waitFor(request, wait, pollIntervalMs, signal);
    } finally {
      signal?.removeEventListener('abort', wait.wake);
      this.#waits.delete(wait);
      unsubscribe();
    }
  }

  ack(eventId: string, lease?: Lease): Promise<Settlement> {
    return this.#settle(eventId, lease, () => ({ verb: 'ack' }));
  }

  nack(eventId: string, lease?: Lease, options?: NackOptions): Promise<Settlement> {
    return this.#settle(eventId, lease, () => nackCommand(options));
  }

  reject(eventId: string, lease?: Lease, options?: RejectOptions): Promise<Settlement> {
    return this.#settle(eventId, lease, () => rejectCommand(options));
  }

  extend(eventId: string, lease: Lease | undefined, ms: number): Promise<Settlement> {
    return this.#settle(eventId, lease, () => extendCommand(ms));
  }

  async stats(channel: string): Promise<ChannelStats> {
    this.#requireOpen();
    return this.#track(this.#store.stats(channelRequest(channel)));
  }

  async deadLetters(channel: string, limit: number): Promise<DeadLetter[]> {
    this.#requireOpen();
    return this.#track(
      this.#store.deadLetters(channelRequest(channel), checkWholeNumber('limit', limit, 1)),
    );
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
    await Promise.allSettled(this.#pending);
    try {
      const channels = this.#leases.channels();
      await this.#store.settle(this.#leases.releaseAll());
      this.#notifier.notify(channels);
    } finally {
      this.#notifier.close();
      await this.#store.close();
    }
  }

  async #waitFor(
    request: ClaimRequest,
    wait: Wait,
    pollIntervalMs: number,
    signal: AbortSignal | undefined,
  ): Promise<EventMessage[]> {
    const startedAt = this.runtime.now();
    for (;;) {
      const { messages, nextDueAt } = await this.#track(this.#store.claim(request));
      const isUnwanted = signal?.aborted || this.#shutdown;
      if (messages.length > 0 && !isUnwanted) return this.#handOut(messages);
      await this.#giveBack(messages);
      signal?.throwIfAborted();
      const now = this.runtime.now();
      const leftMs = Math.min(startedAt + pollIntervalMs - now, pollIntervalMs);
      if (leftMs <= 0 || this.#shutdown) return [];
      await wait.sleep(
        this.runtime,
        Math.min(leftMs, (nextDueAt ?? Number.POSITIVE_INFINITY) - now),
      );
      signal?.throwIfAborted();
      if (this.#shutdown) return [];
    }
  }

  #handOut(messages: readonly EventMessage[]): EventMessage[] {
    for (const { eventId, lease, channel } of messages)
      this.#leases.add(eventId, { lease: lease as Lease, channel });
    return [...messages];
  }

  /** What was claimed for a consumer that has gone meanwhile: nobody saw it, so the attempt does not count. */
  async #giveBack(messages: readonly EventMessage[]): Promise<void> {
    if (messages.length === 0) return;
    const requests = messages.map(({ eventId, lease }) => ({
      eventId,
      lease: lease as Lease,
      command: { verb: 'release' } as const,
    }));
    await this.#track(this.#store.settle(requests));
    this.#notifier.notify(messages.slice(0, 1).map(({ channel }) => channel));
  }

  async #settle(
    eventId: string,
    lease: Lease | undefined,
    command: () => Command,
  ): Promise<Settlement> {
    this.#requireOpen();
    const request = this.#leases.request(eventId, lease, command());
    if (!request) return 'gone';
    const channel = this.#leases.channelOf(eventId);
    const [settlement] = await this.#track(this.#store.settle([request]));
    const { verb } = request.command;
    if (verb !== 'extend' || settlement !== 'ok') this.#leases.forget(request);
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
