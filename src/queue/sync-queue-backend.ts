import { checkName } from '../core/admission.ts';
import type { SettlingArgument, SettlingVerb } from '../core/delivery/settler.ts';
import type {
  ChannelStats,
  DeadLetter,
  EventDraft,
  EventMessage,
  Lease,
  Metadata,
  PublishOptions,
  Settlement,
} from '../core/events/message.ts';
import type { PurgeOptions, RedriveOptions } from '../core/options/dead-letter-options.ts';
import { type RetryNowOptions, retryReasonOf } from '../core/options/retry-now-options.ts';
import type {
  AckOptions,
  Extending,
  NackOptions,
  RejectOptions,
  Settling,
} from '../core/options/settling-arguments.ts';
import type { Capabilities } from '../core/protocols/capability.ts';
import type { DequeueOptions, SyncEventBackend } from '../core/protocols/protocols.ts';
import { closedError } from '../core/reports/closed-error.ts';
import { type Observer, safeObserver } from '../core/reports/observer.ts';
import type { Runtime, Stop } from '../core/runtime/runtime.ts';
import { Tagged } from '../core/runtime/tagged.ts';
import { throwIfAborted } from '../core/runtime/throw-if-aborted.ts';
import { FULL_CAPABILITIES } from './capabilities.ts';
import { draftEvent, draftEvents } from './draft-events.ts';
import type { LetterStep, SyncEventStore } from './event-store.ts';
import { checkQueueName, withGroup } from './group-queues.ts';
import type { InspectedParts } from './inspected-parts.ts';
import type { Isolation } from './isolation.ts';
import { channelsOf, hearLosses, LeaseLedger } from './lease-ledger.ts';
import { LetterRun, type LetterRunOptions } from './letter-run.ts';
import type { Notifier } from './notifier.ts';
import { claimRequest, commandOf, releaseRequests, settleRequest } from './requests.ts';
import { checkEventId, checkPage } from './store-verbs.ts';

export interface SyncQueueBackendParts {
  readonly backendName: string;
  readonly store: SyncEventStore;
  readonly notifier: Notifier;
  readonly runtime: Runtime;
  /** How payloads are taken in; default `clone`. */
  readonly isolation?: Isolation | undefined;
  /** The capabilities of the store. Default: {@link FULL_CAPABILITIES}. */
  readonly capabilities?: Capabilities;
}

/** The synchronous backend over a store that answers at once. `dequeue` never waits, because no code on its thread could publish during the wait. */
export class SyncQueueBackend extends Tagged implements SyncEventBackend {
  readonly supportsSync = true;
  readonly capabilities: Capabilities;
  readonly backendName: string;
  readonly runtime: Runtime;
  readonly inspected: InspectedParts;
  readonly #store: SyncEventStore;
  readonly #notifier: Notifier;
  readonly #isolation: Isolation | undefined;
  readonly #leases = new LeaseLedger();
  #isShutDown = false;
  /** From the first claim on. */
  #stopHearing: Stop | undefined;

  constructor({
    backendName,
    store,
    notifier,
    runtime,
    isolation,
    capabilities = FULL_CAPABILITIES,
  }: SyncQueueBackendParts) {
    super();
    this.capabilities = capabilities;
    this.backendName = backendName;
    this.runtime = runtime;
    this.#isolation = isolation;
    this.inspected = { store, notifier, requireOpen: () => this.#requireOpen() };
    this.#store = store;
    this.#notifier = notifier;
  }

  publish(
    channel: string,
    payload: unknown,
    metadata: Metadata | null = null,
    options?: PublishOptions,
  ): string {
    this.#requireOpen();
    const event = draftEvent({ channel, payload, metadata, options }, this, this.#isolation);
    this.#store.append([event]);
    this.#notifier.notify([channel]);
    return event.eventId;
  }

  publishMany(drafts: readonly EventDraft[]): string[] {
    this.#requireOpen();
    const events = draftEvents(drafts, this, this.#isolation);
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
    const request = claimRequest(this, channel, limit, pollIntervalMs, options);
    throwIfAborted(options?.signal);
    this.#stopHearing ??= hearLosses(this.#store, this.#leases);
    const claim = this.#store.claim(request);
    this.#leases.add(claim);
    return claim.messages.map(withGroup);
  }

  ack(...given: Settling<AckOptions>): Settlement {
    return this.#settle('ack', ...given);
  }

  nack(...given: Settling<NackOptions>): Settlement {
    return this.#settle('nack', ...given);
  }

  reject(...given: Settling<RejectOptions>): Settlement {
    return this.#settle('reject', ...given);
  }

  extend(...given: Extending): Settlement {
    return this.#settle('extend', ...given);
  }

  retryNow(channel: string, options?: RetryNowOptions): number {
    this.#requireQueue(channel);
    const count = this.#store.retryNow(channel, retryReasonOf(options));
    if (count > 0) this.#notifier.notify([channel]);
    return count;
  }

  stats(channel: string): ChannelStats {
    this.#requireQueue(channel);
    return this.#store.stats(channel);
  }

  deadLetters(channel: string, limit: number, after?: string): DeadLetter[] {
    this.#requireQueue(channel);
    return this.#store.deadLetters(channel, ...checkPage(limit, after)).map(withGroup);
  }

  redrive(channel: string, options?: RedriveOptions): number {
    return this.#moveLetters('redrive', channel, options);
  }

  purge(channel: string, options?: PurgeOptions): number {
    return this.#moveLetters('purge', channel, options);
  }

  cancel(channel: string, eventId: string): Settlement {
    this.#requireQueue(channel);
    return this.#store.cancel(channel, checkEventId(eventId));
  }

  blockedKeys(channel: string): string[] {
    this.#requireQueue(channel);
    return this.#store.blockedKeys(channel);
  }

  releaseKey(channel: string, key: string): boolean {
    this.#requireQueue(channel);
    checkName('key', key);
    const isReleased = this.#store.releaseKey(channel, key);
    if (isReleased) this.#notifier.notify([channel]);
    return isReleased;
  }

  observe(observer: Observer): Stop {
    return this.#store.observe(safeObserver(observer));
  }

  shutdown(): void {
    if (this.#isShutDown) return;
    this.#isShutDown = true;
    const held = this.#leases.takeAll();
    this.#store.settle(releaseRequests(held));
    this.#stopHearing?.();
    this.#notifier.notify(channelsOf(held));
    this.#notifier.close();
    this.#store.close();
  }

  #moveLetters(verb: LetterStep['verb'], channel: string, options?: LetterRunOptions): number {
    this.#requireQueue(channel);
    const run = new LetterRun(verb, channel, options);
    for (let step = run.next(); step; step = run.next()) {
      this.#requireOpen();
      const result = this.#store.moveLetters(step);
      if (verb === 'redrive' && result.taken.length > 0) this.#notifier.notify([channel]);
      run.note(result);
    }
    return run.count;
  }

  #settle(
    verb: SettlingVerb,
    eventId: string,
    lease?: Lease,
    given?: SettlingArgument,
    known?: string,
  ): Settlement {
    this.#requireOpen();
    const request = settleRequest(this.#leases, eventId, lease, commandOf(verb, given), known);
    if (!request) return 'gone';
    const settlement = this.#store.settle([request])[0] as Settlement;
    this.#leases.noteAnswer(request, settlement);
    const { channel } = request;
    if (verb === 'nack' && settlement === 'ok' && channel) this.#notifier.notify([channel]);
    return settlement;
  }

  #requireQueue(name: string): void {
    this.#requireOpen();
    checkQueueName(this, name);
  }

  #requireOpen(): void {
    if (this.#isShutDown) throw closedError(`${this.backendName} backend`);
  }
}
