import type { PlainDraft } from './admission.ts';
import { checkChannelName } from './channel-name.ts';
import type { ClientOptions, ReceiveOptions } from './channel-options.ts';
import { defaultObserver } from './default-observer.ts';
import { Handout } from './delivery.ts';
import { AcklineError } from './errors.ts';
import type { EventMessage } from './message.ts';
import { type ObserverEvent, safeObserver } from './observer.ts';
import {
  checkOptions,
  checkRuntime,
  checkSignal,
  type ResolvedSettings,
  refuse,
} from './options.ts';
import type { BackendDescription, Capabilities, Capability, DequeueOptions } from './protocols.ts';
import type { HandlerPort } from './run-handler.ts';
import type { Runtime, Stop } from './runtime.ts';
import type { AnySchema } from './schema.ts';
import { type GivenDraft, SettingsBook } from './settings-book.ts';
import { type Answer, requireCapability, Settler, type SettlingBackend } from './settler.ts';
import { systemRuntime } from './system-runtime.ts';

/** What a client has to do with its backend whether that answers at once or later: checks, fencing, reports. */
export class Session<A extends Answer> implements HandlerPort {
  readonly runtime: Runtime;
  readonly capabilities: Capabilities;
  readonly report: (event: ObserverEvent) => void;
  readonly settler: Settler<A>;
  readonly #backend: BackendDescription & SettlingBackend<A>;
  readonly #settings: SettingsBook;
  readonly #stopObserving: Stop | undefined;
  #isClosed = false;

  constructor(
    backend: BackendDescription & SettlingBackend<A>,
    { channels, observer = defaultObserver, runtime, ...settings }: ClientOptions<AnySchema>,
  ) {
    if (typeof observer !== 'function') refuse('observer', 'a function', observer);
    if (runtime !== undefined) checkRuntime(runtime);
    this.#settings = new SettingsBook(backend, settings, channels);
    this.#backend = backend;
    this.runtime = runtime ?? backend.runtime ?? systemRuntime;
    this.capabilities = backend.capabilities ?? {};
    this.report = safeObserver(observer);
    this.settler = new Settler(backend, this.report);
    if (this.capabilities.observe) this.#stopObserving = backend.observe?.(this.report);
  }

  resolve(channel: string, given: object): ResolvedSettings {
    checkChannelName(channel);
    return this.#settings.resolve(channel, given);
  }

  /** The settings and the signal of one call that receives. */
  resolveReceive(
    channel: string,
    options: ReceiveOptions,
  ): { readonly settings: ResolvedSettings; readonly signal: AbortSignal | undefined } {
    this.requireOpen();
    checkOptions(options);
    const { signal, ...given } = options;
    checkSignal(signal);
    const settings = this.resolve(channel, given);
    signal?.throwIfAborted();
    return { settings, signal };
  }

  terms(settings: ResolvedSettings, signal?: AbortSignal): DequeueOptions {
    return this.#settings.terms(settings, signal);
  }

  admit(draft: GivenDraft): PlainDraft {
    this.requireOpen();
    return this.#settings.admit(draft);
  }

  /** All are checked before the first is stored. */
  admitAll(drafts: readonly GivenDraft[]): PlainDraft[] {
    if (!Array.isArray(drafts)) refuse('events', 'an array', drafts);
    this.requireOpen();
    return drafts.map((draft) => this.#settings.admit(draft));
  }

  reportPublished(drafts: readonly PlainDraft[], eventIds: readonly string[]): void {
    for (const [index, { channel }] of drafts.entries())
      this.report({ type: 'published', channel, eventId: eventIds[index] as string });
  }

  handOut(messages: readonly EventMessage[], settings: ResolvedSettings): Handout<A>[] {
    return messages.map((message) => {
      const { eventId, channel, attempts } = message;
      this.settler.remember(message);
      this.report({ type: 'claimed', channel, eventId, attempts });
      return new Handout(message, this.settler, settings.leaseMs);
    });
  }

  /** For a verb about a whole channel. */
  requireVerb(channel: string, verb: Capability): void {
    this.requireOpen();
    checkChannelName(channel);
    requireCapability(this.#backend, verb);
  }

  requireOpen(): void {
    if (this.#isClosed) throw new AcklineError('closed', 'the channel was shut down');
  }

  /** Refuses calls from here on. */
  close(): void {
    this.#isClosed = true;
  }

  /** After the backend's shutdown: what that reported has arrived. */
  stopObserving(): void {
    this.#stopObserving?.();
  }
}
