import { rejection } from '../core/delivery/rejection.ts';
import {
  requireOptionsOf,
  type SettlingArgument,
  type SettlingVerb,
} from '../core/delivery/settler.ts';
import type { Command } from '../core/events/lifecycle.ts';
import type {
  EventDraft,
  EventMessage,
  Lease,
  Metadata,
  PublishOptions,
  Settlement,
} from '../core/events/message.ts';
import type {
  AckOptions,
  Extending,
  NackOptions,
  RejectOptions,
  Settling,
} from '../core/options/settling-arguments.ts';
import type { Capabilities } from '../core/protocols/capability.ts';
import type { AsyncEventBackend, DequeueOptions } from '../core/protocols/protocols.ts';
import { closedError } from '../core/reports/closed-error.ts';
import { type Observer, safeObserver } from '../core/reports/observer.ts';
import { hold } from '../core/runtime/hold.ts';
import { ignore } from '../core/runtime/ignore.ts';
import { isPromiseLike } from '../core/runtime/is-promise-like.ts';
import type { Runtime, Stop } from '../core/runtime/runtime.ts';
import { Tagged } from '../core/runtime/tagged.ts';
import { throwIfAborted } from '../core/runtime/throw-if-aborted.ts';
import { RETRYING_CAPABILITIES } from './capabilities.ts';
import { ClaimWaiter } from './claim-waiter.ts';
import { draftEvent, draftEvents } from './draft-events.ts';
import type { EventStore, KnownTarget, SettleRequest } from './event-store.ts';
import { withGroup } from './group-queues.ts';
import type { InspectedParts } from './inspected-parts.ts';
import type { Isolation } from './isolation.ts';
import { channelsOf, hearLosses, LeaseLedger, targetsOf } from './lease-ledger.ts';
import type { Notifier } from './notifier.ts';
import { PendingCalls } from './pending-calls.ts';
import type { QueueBackendParts } from './queue-backend-parts.ts';
import { claimRequest, commandOf, releaseRequests, settleRequest } from './requests.ts';
import { type StoreVerbs, type StoreVerbsParts, storeVerbs } from './store-verbs.ts';

/** The asynchronous backend over any store. It waits for events, wakes consumers and keeps the leases of delivered events. */
export class QueueBackend extends Tagged implements AsyncEventBackend {
  readonly supportsAsync = true;
  readonly capabilities: Capabilities;
  readonly backendName: string;
  readonly runtime: Runtime;
  readonly retryNow!: StoreVerbs['retryNow'];
  readonly stats!: StoreVerbs['stats'];
  readonly deadLetters!: StoreVerbs['deadLetters'];
  readonly redrive?: Required<StoreVerbs>['redrive'];
  readonly purge?: Required<StoreVerbs>['purge'];
  readonly cancel?: Required<StoreVerbs>['cancel'];
  readonly blockedKeys!: StoreVerbs['blockedKeys'];
  readonly releaseKey!: StoreVerbs['releaseKey'];
  readonly inspected: InspectedParts;
  readonly #store: EventStore;
  readonly #notifier: Notifier;
  readonly #isolation: Isolation | undefined;
  readonly #leases = new LeaseLedger();
  readonly #waiter: ClaimWaiter;
  readonly #calls = new PendingCalls(() => hold(this.runtime));
  /** Each claim with its wait, until its events are entered in the ledger or their release has begun. */
  readonly #claims = new PendingCalls(() => ignore);
  #prepare: (() => void) | undefined;
  #shutdown: Promise<void> | undefined;
  /** Set from the first claim on. */
  #stopHearing: Stop | undefined;

  constructor({
    backendName,
    store,
    notifier,
    runtime,
    clock = runtime,
    isolation,
    capabilities = RETRYING_CAPABILITIES,
    runLetters,
    prepare,
  }: QueueBackendParts) {
    super();
    this.capabilities = capabilities;
    this.backendName = backendName;
    this.runtime = runtime;
    this.#isolation = isolation;
    this.#store = store;
    this.#notifier = notifier;
    this.#prepare = prepare;
    const parts: StoreVerbsParts = {
      ...{ store, notifier, runLetters, backend: this, requireOpen: () => this.#requireOpen() },
      track: (answer) => this.#calls.track(answer),
    };
    this.inspected = parts;
    Object.assign(this, storeVerbs(parts));
    this.#waiter = new ClaimWaiter({
      claim: (request) => this.#calls.track(store.claim(request)),
      ...{ notifier, clock, hold: () => hold(runtime) },
    });
  }

  async publish(
    channel: string,
    payload: unknown,
    metadata: Metadata | null = null,
    options?: PublishOptions,
  ): Promise<string> {
    this.#requireOpen();
    const event = draftEvent({ channel, payload, metadata, options }, this, this.#isolation);
    const appended = this.#store.append([event]);
    if (isPromiseLike(appended)) await this.#calls.track(appended);
    this.#notifier.notify([channel]);
    return event.eventId;
  }

  async publishMany(drafts: readonly EventDraft[]): Promise<string[]> {
    this.#requireOpen();
    const events = draftEvents(drafts, this, this.#isolation);
    if (events.length === 0) return [];
    await this.#calls.track(this.#store.append(events));
    this.#notifier.notify(new Set(events.map(({ channel }) => channel)));
    return events.map(({ eventId }) => eventId);
  }

  async dequeue(
    channel: string,
    pollIntervalMs: number,
    options?: DequeueOptions,
  ): Promise<EventMessage | null> {
    return (await this.dequeueMany(channel, 1, pollIntervalMs, options))[0] ?? null;
  }

  async dequeueMany(
    channel: string,
    limit: number,
    pollIntervalMs: number,
    options?: DequeueOptions,
  ): Promise<EventMessage[]> {
    this.#requireOpen();
    const request = claimRequest(this, channel, limit, pollIntervalMs, options);
    this.#stopHearing ??= hearLosses(this.#store, this.#leases);
    const taken = await this.#claims.track(this.#waiter.claim(request, options));
    if (!this.#shutdown && !options?.signal?.aborted) {
      this.#leases.add(taken);
      return taken.messages.map(withGroup);
    }
    await this.#release(targetsOf(taken), { verb: 'release' }); // The consumer has stopped waiting.
    throwIfAborted(options?.signal);
    return [];
  }

  ack(...given: Settling<AckOptions>): Promise<Settlement> {
    return this.#settle('ack', ...given);
  }

  nack(...given: Settling<NackOptions>): Promise<Settlement> {
    return this.#settle('nack', ...given);
  }

  reject(...given: Settling<RejectOptions>): Promise<Settlement> {
    return this.#settle('reject', ...given);
  }

  extend(...given: Extending): Promise<Settlement> {
    return this.#settle('extend', ...given);
  }

  observe(observer: Observer): Stop {
    return this.#store.observe(safeObserver(observer));
  }

  shutdown(): Promise<void> {
    this.#shutdown ??= this.#close();
    return this.#shutdown;
  }

  async #close(): Promise<void> {
    this.#waiter.close();
    await this.#claims.untilNone(); // Events that a claim returns now are released, which is another call.
    await this.#calls.untilNone();
    try {
      await this.#release(this.#leases.takeAll());
    } finally {
      this.#stopHearing?.();
      this.#notifier.close();
      await this.#store.close();
    }
  }

  async #release(targets: readonly KnownTarget[], command?: Command): Promise<void> {
    if (targets.length === 0) return;
    await this.#calls.track(this.#store.settle(releaseRequests(targets, command)));
    this.#notifier.notify(channelsOf(targets));
  }

  /** This is no async function, because that would cost more than a settlement in memory itself. */
  #settle(
    verb: SettlingVerb,
    eventId: string,
    lease?: Lease,
    given?: SettlingArgument,
    known?: string,
  ): Promise<Settlement> {
    try {
      this.#requireOpen();
      if (verb === 'ack') requireOptionsOf(this, given as AckOptions);
      const request = settleRequest(this.#leases, eventId, lease, commandOf(verb, given), known);
      if (!request) return Promise.resolve('gone');
      const settled = ([settlement]: Settlement[]) =>
        this.#noteSettled(request, settlement as Settlement);
      const answer = this.#calls.track(this.#store.settle([request]));
      return isPromiseLike(answer) ? answer.then(settled) : Promise.resolve(settled(answer));
    } catch (error) {
      return rejection(error);
    }
  }

  #noteSettled(request: SettleRequest, settlement: Settlement): Settlement {
    const { command, channel } = request;
    this.#leases.noteAnswer(request, settlement);
    const isBack = command.verb === 'nack' || command.verb === 'postpone';
    if (isBack && settlement === 'ok' && channel) this.#notifier.notify([channel]);
    return settlement;
  }

  #requireOpen(): void {
    if (this.#shutdown) throw closedError(`${this.backendName} backend`);
    this.#prepare?.();
    this.#prepare = undefined;
  }
}
