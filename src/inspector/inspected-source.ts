import type { ChannelStats, DeadLetter, Settlement } from '../core/events/message.ts';
import type { Member } from '../core/events/receipts.ts';
import type {
  DeadLettersOptions,
  PurgeOptions,
  RedriveOptions,
} from '../core/options/dead-letter-options.ts';
import { refuse } from '../core/options/options.ts';
import type { GroupOptions } from '../core/options/queue-name.ts';
import type { BrowsedPage, BrowseOptions, ChannelsPage } from '../core/protocols/browsed-page.ts';
import type { Capabilities, Capability } from '../core/protocols/capability.ts';
import { backendOf } from '../core/protocols/shared-backend.ts';
import { partOf } from '../core/runtime/part-of.ts';
import type { Runtime, Stop } from '../core/runtime/runtime.ts';
import { systemRuntime } from '../core/runtime/system-runtime.ts';
import { type GroupStats, groupStats } from '../groups/group-stats.ts';
import { browse } from '../inspection/browse.ts';
import { channels } from '../inspection/channels.ts';
import { type StatsStore, watchStats } from '../inspection/watch-stats.ts';
import type { InspectedChannel, InspectorSource } from './inspector-types.ts';

type Answer<T> = T | Promise<T>;

/** The verbs of an asynchronous or synchronous channel object of any schema, as the inspector calls them. */
interface Verbs {
  stats(channel: string, options?: GroupOptions): Answer<ChannelStats>;
  deadLetters(channel: string, options?: DeadLettersOptions): Answer<DeadLetter[]>;
  redrive(channel: string, options?: RedriveOptions): Answer<number>;
  purge(channel: string, options?: PurgeOptions): Answer<number>;
  cancel(channel: string, eventId: string): Answer<Settlement>;
  blockedKeys(channel: string): Answer<string[]>;
  releaseKey(channel: string, key: string): Answer<boolean>;
  watchMembers?(channel: string, watcher: (members: readonly Member[]) => void): Stop;
}

/** The status of a backend with storage of its own, such as IndexedDB. */
export interface ShownStatus {
  readonly state: string;
  readonly storage?: string;
  readonly leaseMode?: string;
  readonly reason?: unknown;
}

interface StatusOwner {
  status(): ShownStatus;
  watchStatus(watcher: (status: ShownStatus) => void): Stop;
}

/** A channel object that is inspected, and what its backend can do. */
export class InspectedSource {
  readonly name: string;
  readonly verbs: Verbs;
  readonly runtime: Runtime;
  /** Channels that are shown in any case. */
  readonly channelNames: readonly string[];
  readonly #backend: object;
  readonly #capabilities: Capabilities;

  constructor(name: string, given: unknown) {
    const { events, channels: names = [] } = sourceOf(given);
    const backend = backendOf(Object(events));
    if (!backend) refuse(`the source ${name}`, 'an event channel', events);
    if (!Array.isArray(names)) refuse(`channels of ${name}`, 'an array of names', names);
    this.name = name;
    this.verbs = events as unknown as Verbs;
    this.channelNames = names;
    this.#backend = backend;
    this.#capabilities = (partOf(backend, 'capabilities') ?? {}) as Capabilities;
    this.runtime = (partOf(backend, 'runtime') ?? systemRuntime) as Runtime;
  }

  can(capability: Capability): boolean {
    return this.#capabilities[capability] === true;
  }

  async browse(channel: string, options: BrowseOptions): Promise<BrowsedPage> {
    return browse(this.#backend as never, channel as never, options);
  }

  async channels(limit: number): Promise<ChannelsPage> {
    return channels(this.#backend as never, { limit });
  }

  async groupStats(channel: string): Promise<GroupStats> {
    return groupStats(this.#backend as never, channel);
  }

  watchStats(channel: string): StatsStore {
    return watchStats(this.#backend as never, channel as never);
  }

  /** Undefined where the backend has no status. */
  get statusOwner(): StatusOwner | undefined {
    const isOwner = typeof partOf(this.#backend, 'watchStatus') === 'function';
    return isOwner ? (this.#backend as StatusOwner) : undefined;
  }
}

function sourceOf(given: unknown): InspectorSource {
  const isSource = partOf(given, 'events') !== undefined && !backendOf(Object(given));
  return isSource ? (given as InspectorSource) : { events: given as InspectedChannel };
}
