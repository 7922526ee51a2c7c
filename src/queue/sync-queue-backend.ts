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
  Capabilities,
  DequeueOptions,
  NackOptions,
  RejectOptions,
  SyncEventBackend,
} from '../core/protocols.ts';
import type { Runtime, Stop } from '../core/runtime.ts';
import { QUEUE_CAPABILITIES } from './capabilities.ts';
import { draftEvents } from './draft-events.ts';
import type { SyncEventStore } from './event-store.ts';
import type { Notifier } from './notifier.ts';
import {
  channelRequest,
  claimRequest,
  DeliveredLeases,
  extendCommand,
  nackCommand,
  rejectCommand,
} from './requests.ts';

export interface SyncQueueBackendParts {
  readonly backendName: string;
  readonly store: SyncEventStore;
  readonly notifier: Notifier;
  readonly runtime: Runtime;
}

/** The synchronous backend over a store that answers at once. `dequeue` never waits: on one thread nobody could publish meanwhile. */
export class SyncQueueBackend implements SyncEventBackend {
  readonly supportsSync = true;
  readonly capabilities: Capabilities = QUEUE_CAPABILITIES;
  readonly backendName: string;
  readonly runtime: Runtime;
  readonly #store: SyncEventStore;
  readonly #notifier: Notifier;
  readonly #leases = new DeliveredLeases();
  #isShutDown = false;

  constructor({ backendName, store, notifier, runtime }: SyncQueueBackendParts) {
    this.backendName = backendName;
    this.runtime = runtime;
    this.#store = store;
    this.#notifier = notifier;
  }

  publish(
    channel: string,
    payload: unknown,
    metadata: Metadata | null = null,
    options: PublishOptions = {},
  ): string {
    return this.publishMany([{ channel, payload, metadata, options }])[0] as string;
  }

  publishMany(drafts: readonly EventDraft[]): string[] {
    this.#requireOpen();
    const events = draftEvents(drafts, this.runtime);
    this.#store.append(events);
    this.#notifier.notify(new Set(events.map(({ channel }) => channel)));
    return events.map(({ eventId }) => eventId);
  }

  dequeue(channel: string, pollIntervalMs: number, options?: DequeueOptions): EventMessage | null {
    return this.dequeueMany(channel, 1, pollIntervalMs, options)[0] ?? null;
  }

  dequeueMany(
    channel: string,
    limit: number,
    pollIntervalMs: number,
    options?: DequeueOptions,
  ): EventMessage[] {
    this.#requireOpen();
    const request = claimRequest(channel, limit, pollIntervalMs, options);
    options?.signal?.throwIfAborted();
    const { messages } = this.#store.claim(request);
    for (const { eventId, lease } of messages)
      this.#leases.add(eventId, { lease: lease as Lease, channel });
    return [...messages];
  }

  ack(eventId: string, lease?: Lease): Settlement {
    return this.#settle(eventId, lease, { verb: 'ack' });
  }

  nack(eventId: string, lease?: Lease, options?: NackOptions): Settlement {
    return this.#settle(eventId, lease, nackCommand(options));
  }

  reject(eventId: string, lease?: Lease, options?: RejectOptions): Settlement {
    return this.#settle(eventId, lease, rejectCommand(options));
  }

  extend(eventId: string, lease: Lease | undefined, ms: number): Settlement {
    return this.#settle(eventId, lease, extendCommand(ms));
  }

  stats(channel: string): ChannelStats {
    this.#requireOpen();
    return this.#store.stats(channelRequest(channel));
  }

  deadLetters(channel: string, limit: number): DeadLetter[] {
    this.#requireOpen();
    return this.#store.deadLetters(channelRequest(channel), checkWholeNumber('limit', limit, 1));
  }

  observe(observer: Observer): Stop {
    return this.#store.observe(safeObserver(observer));
  }

  shutdown(): void {
    if (this.#isShutDown) return;
    this.#isShutDown = true;
    const channels = this.#leases.channels();
    this.#store.settle(this.#leases.releaseAll());
    this.#notifier.notify(channels);
    this.#notifier.close();
    this.#store.close();
  }

  #settle(eventId: string, lease: Lease | undefined, command: Command): Settlement {
    this.#requireOpen();
    const request = this.#leases.request(eventId, lease, command);
    if (!request) return 'gone';
    const channel = this.#leases.channelOf(eventId);
    const settlement = this.#store.settle([request])[0] as Settlement;
    if (command.verb !== 'extend' || settlement !== 'ok') this.#leases.forget(request);
    if (command.verb === 'nack' && settlement === 'ok' && channel) this.#notifier.notify([channel]);
    return settlement;
  }

  #requireOpen(): void {
    if (this.#isShutDown)
      throw new AcklineError('closed', `the ${this.backendName} backend was shut down`);
  }
}
