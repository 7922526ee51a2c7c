import { admit, type PlainDraft } from './admission.ts';
import { checkChannelName } from './channel-name.ts';
import type { Metadata, PublishOptions } from './message.ts';
import {
  type ChannelSettings,
  checkOptions,
  DEFAULT_SETTINGS,
  type ResolvedSettings,
  refuse,
  resolveSettings,
} from './options.ts';
import type { Capabilities, DequeueOptions } from './protocols.ts';
import { requireCapability } from './settler.ts';

interface DescribedBackend {
  readonly backendName: string;
  readonly capabilities?: Capabilities;
}

/** A draft as a caller gives it: nothing is checked yet. */
export interface GivenDraft {
  readonly channel: string;
  readonly payload: unknown;
  readonly metadata?: Metadata | null | undefined;
  readonly options?: PublishOptions | undefined;
}

/** Settings that mean nothing on a backend that does not know them, and are refused there. */
const NEEDED_CAPABILITIES = [
  ['leaseMs', 'leaseMs'],
  ['maxAttempts', 'maxAttempts'],
  ['maxHoldMs', 'extend'],
] as const;

/** The settings of one client: defaults, then the client's, then the channel's, then the call's. */
export class SettingsBook {
  readonly #backend: DescribedBackend;
  readonly #base: ResolvedSettings;
  readonly #channels = new Map<string, ResolvedSettings>();

  constructor(backend: DescribedBackend, settings: object, channels: object | undefined) {
    this.#backend = backend;
    this.#base = this.#resolve(DEFAULT_SETTINGS, settings);
    checkOptions(channels, 'channels');
    for (const [channel, given] of Object.entries(channels ?? {})) {
      checkChannelName(channel);
      this.#channels.set(channel, this.#resolve(this.#base, given));
    }
  }

  resolve(channel: string, given: object): ResolvedSettings {
    return this.#resolve(this.#channels.get(channel) ?? this.#base, given);
  }

  /** What of the settings the backend is told when it is asked for events. */
  terms(settings: ResolvedSettings, signal?: AbortSignal): DequeueOptions {
    const { capabilities = {} } = this.#backend;
    return {
      ...(capabilities.leaseMs && { leaseMs: settings.leaseMs }),
      ...(capabilities.maxAttempts && { maxAttempts: settings.maxAttempts }),
      ...(signal && { signal }),
    };
  }

  /** The event as the backend may store it: copied here unless the backend does so itself. */
  admit(draft: GivenDraft): PlainDraft {
    if (draft === undefined) refuse('event', 'an object', draft);
    checkOptions(draft, 'event');
    checkOptions(draft.options);
    checkChannelName(draft.channel);
    const defaults = this.resolve(draft.channel, {});
    const { maxEventBytes = defaults.maxEventBytes } = draft.options ?? {};
    if (draft.options?.delayMs) requireCapability(this.#backend, 'delayMs');
    const { channel, payload, metadata = null } = draft;
    const event = { channel, payload, metadata, options: { ...draft.options, maxEventBytes } };
    return this.#backend.capabilities?.maxEventBytes ? event : admit(event);
  }

  #resolve(base: ResolvedSettings, given: object): ResolvedSettings {
    checkOptions(given);
    const resolved = resolveSettings(base, given);
    for (const [option, capability] of NEEDED_CAPABILITIES)
      if ((given as ChannelSettings)[option] !== undefined)
        requireCapability(this.#backend, capability, option);
    return resolved;
  }
}
