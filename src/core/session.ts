import { admit, type GivenDraft, type PlainDraft } from './admission.ts';
import type { ClientOptions } from './channel-options.ts';
import type { Target } from './delivery/delivered-leases.ts';
import { DeliveryHandle } from './delivery/delivery.ts';
import {
  type Answer,
  requireCapability,
  requireGroup,
  requireOptionsOf,
  Settler,
  type SettlingBackend,
} from './delivery/settler.ts';
import type { EventMessage } from './events/message.ts';
import type { HandlerPort } from './listening/handler-port.ts';
import { checkChannelName } from './options/channel-name.ts';
import {
  applyOptions,
  type ChannelSettings,
  checkOptions,
  checkRuntime,
  checkSignal,
  DEFAULT_SETTINGS,
  type ResolvedSettings,
  refuse,
  requireOptions,
  SETTING_RULES,
} from './options/options.ts';
import { type GroupOptions, queueName } from './options/queue-name.ts';
import type { AnySchema } from './options/schema.ts';
import type { Capabilities, Capability } from './protocols/capability.ts';
import type { DequeueOptions } from './protocols/protocols.ts';
import { joinBackend, leaveBackend } from './protocols/shared-backend.ts';
import { publishOptionsOf } from './publish-options-of.ts';
import { closedError } from './reports/closed-error.ts';
import { defaultObserver } from './reports/default-observer.ts';
import { codeOf } from './reports/errors.ts';
import { type ObserverEvent, safeObserver } from './reports/observer.ts';
import { hold, holdFor, type KeepAlive } from './runtime/hold.ts';
import type { Runtime } from './runtime/runtime.ts';
import { systemRuntime } from './runtime/system-runtime.ts';
import type { Writable } from './runtime/writable.ts';

type CallOptions = ChannelSettings & GroupOptions & { readonly signal?: AbortSignal | undefined };

interface ResolvedCall {
  readonly signal: AbortSignal | undefined;
  readonly settings: ResolvedSettings;
  /** The queue to consume from. */
  readonly queue: string;
}

/**
 * What an `EventChannel` and a `SyncEventChannel` have in common: settings, admission, settling with the fencing token, and
 * reports.
 */
export class Session<A extends Answer> implements HandlerPort {
  readonly runtime: Runtime;
  readonly capabilities: Capabilities;
  readonly report: (event: ObserverEvent) => void;
  readonly settler: Settler<A>;
  readonly #backend: SettlingBackend<A>;
  readonly #base: ResolvedSettings;
  readonly #channels = new Map<string, ResolvedSettings>();
  readonly #stopObserving: (() => void) | undefined;
  #isClosed = false;

  constructor(
    backend: SettlingBackend<A>,
    { channels = {}, observer = defaultObserver, runtime, ...settings }: ClientOptions<AnySchema>,
    fail: (error: unknown) => A,
    client: object,
  ) {
    if (typeof observer !== 'function') refuse('observer', 'a function', observer);
    if (runtime !== undefined) checkRuntime(runtime);
    checkOptions(channels, 'channels');
    this.#backend = backend;
    this.runtime = runtime ?? backend.runtime ?? systemRuntime;
    this.capabilities = backend.capabilities ?? {};
    this.#base = this.#apply(DEFAULT_SETTINGS, settings);
    for (const [channel, given] of Object.entries(channels))
      this.#channels.set(channel, this.resolve(channel, given));
    this.report = safeObserver(observer);
    this.settler = new Settler(backend, this.report, fail);
    if (this.capabilities.observe)
      this.#stopObserving = backend.observe?.((event) => this.#observeBackend(event));
    joinBackend(backend, client);
  }

  /** The settings of one call: defaults, then the client's, then the channel's, then its own. */
  resolve(channel: string, given: object | undefined): ResolvedSettings {
    this.requireOpen();
    checkChannelName(channel);
    return this.#apply(this.#channels.get(channel) ?? this.#base, given);
  }

  /** The queue of the group, or the channel itself where `group` is undefined. */
  queueOf(channel: string, group: string | undefined): string {
    if (group === undefined) return channel;
    requireGroup(this.#backend, group);
    return queueName({ channel, group });
  }

  /** The settings, the signal and the queue of one call. */
  resolveCall(channel: string, options: CallOptions): ResolvedCall {
    checkOptions(options);
    const { signal, group, ...given } = options;
    checkSignal(signal);
    const settings = this.resolve(channel, given);
    return { signal, settings, queue: this.queueOf(channel, group) };
  }

  /** The options of a `dequeue`, without those that need a capability which the backend lacks. */
  terms(
    { leaseMs, maxAttempts, maxHoldMs, keepAlive: kept }: ResolvedSettings,
    signal?: AbortSignal,
    staysIdle = false,
    keepAlive: KeepAlive = kept,
  ): DequeueOptions {
    const { capabilities } = this;
    const terms: Writable<DequeueOptions> = {};
    if (capabilities.leaseMs) terms.leaseMs = leaseMs;
    if (capabilities.maxAttempts) terms.maxAttempts = maxAttempts;
    if (capabilities.maxHoldMs) terms.maxHoldMs = maxHoldMs;
    if (staysIdle && capabilities.staysIdle) terms.staysIdle = true;
    if (capabilities.keepAlive && keepAlive) terms.keepAlive = keepAlive;
    if (signal) terms.signal = signal;
    return terms;
  }

  /** The draft as the backend takes it. It is checked and copied here unless the backend does that itself. */
  admit(draft: GivenDraft): PlainDraft {
    requireOptions(draft, 'event');
    const { channel, payload, metadata = null, options } = draft;
    const settings = this.resolve(channel, undefined);
    checkOptions(options);
    requireOptionsOf(this.#backend, options);
    const given = publishOptionsOf(settings, options);
    const event = { channel, payload, metadata, options: given };
    // What is in another place would be lost, such as an option beside `options`.
    for (const name in draft)
      if (!(name in event)) refuse(name, 'in payload or options', draft[name as keyof GivenDraft]);
    return this.capabilities.maxEventBytes ? event : admit(event);
  }

  /** {@link admit}, for a verb that needs the capability of its name. */
  admitFor(verb: Capability, draft: GivenDraft): PlainDraft {
    requireCapability(this.#backend, verb);
    return this.admit(draft);
  }

  /** Admits all drafts before the first is stored. */
  admitAll(drafts: readonly GivenDraft[]): PlainDraft[] {
    if (!Array.isArray(drafts)) refuse('events', 'an array', drafts);
    this.requireOpen();
    return drafts.map((draft) => this.admit(draft));
  }

  /** Reports that an event was stored, and returns its id. */
  published(channel: string, eventId: string): string {
    this.report({ type: 'published', channel, eventId });
    return eventId;
  }

  /** {@link published}, for a batch. */
  publishedAll(drafts: readonly PlainDraft[], eventIds: string[]): string[] {
    for (const [index, { channel }] of drafts.entries())
      this.published(channel, eventIds[index] as string);
    return eventIds;
  }

  /** Calls `run` in a later task of the event loop, and keeps a Node process alive until then. */
  callSoon(run: () => void): void {
    const release = hold(this.runtime);
    this.runtime.after(0, () => {
      release();
      run();
    });
  }

  /** Settles as `work` does. A Node process is kept alive until then unless the client's `keepAlive` is false. */
  hold<T>(work: Promise<T>): Promise<T> {
    return holdFor(this.runtime, this.#base.keepAlive, work);
  }

  /** Reports claimed events and makes their deliveries. */
  deliver(messages: readonly EventMessage[], settings: ResolvedSettings): DeliveryHandle<A>[] {
    return messages.map((message) => {
      const { eventId, attempts } = message;
      const channel = queueName(message);
      this.report({ type: 'claimed', channel, eventId, attempts });
      return new DeliveryHandle(message, this.settler, settings.leaseMs);
    });
  }

  /** Throws unless this client is open, the channel name is valid and the backend has the verb. */
  requireVerb(channel: string, verb: Capability): void {
    this.resolve(channel, undefined);
    requireCapability(this.#backend, verb);
  }

  requireOpen(): void {
    if (this.#isClosed) throw closedError();
  }

  /** Makes all later calls throw, and returns whether this was the last client of its backend. */
  close(): boolean {
    this.#isClosed = true;
    return leaveBackend(this.#backend);
  }

  /** Nacks the deliveries that this client has not settled. The backend stays open for other clients. Never rejects. */
  releaseAll(): Promise<unknown> {
    return Promise.all(this.settler.delivered.takeAll().map((target) => this.#release(target)));
  }

  async #release(target: Target): Promise<void> {
    try {
      await this.settler.handBack(target);
    } catch (error) {
      // A backend that was shut down has released the events itself.
      if (codeOf(error) !== 'closed')
        this.report({ type: 'fault', during: 'settle', channel: target.channel, error });
    }
  }

  /** The end of the shutdown: nothing is settled and nothing of the backend is reported any more. */
  end(): void {
    this.settler.isClosed = true;
    this.#stopObserving?.();
  }

  /** A lost lease is reported by its delivery, because a delivery reports each loss once. */
  #observeBackend(event: ObserverEvent): void {
    if (event.type === 'lease-lost') this.settler.delivered.lose(event);
    else this.report(event);
  }

  #apply(base: ResolvedSettings, given: object | undefined): ResolvedSettings {
    const settings = applyOptions(base, given, SETTING_RULES);
    requireOptionsOf(this.#backend, given);
    return settings;
  }
}
