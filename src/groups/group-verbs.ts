import type { FallbackStore } from '../backends/indexeddb/fallback-store.ts';
import type { GroupedStore } from '../backends/indexeddb/groups/grouped-store.ts';
import { IndexedDbGroups } from '../backends/indexeddb/groups/indexeddb-groups.ts';
import { memoryGroups } from '../backends/memory/memory-groups.ts';
import type { MemoryStore } from '../backends/memory/memory-store.ts';
import { checkChannelName } from '../core/options/channel-name.ts';
import { checkChoice, checkOptions } from '../core/options/options.ts';
import { checkGroupName, queueName } from '../core/options/queue-name.ts';
import type {
  CreateGroupOptions,
  GroupVerbs,
  SyncGroupVerbs,
} from '../core/protocols/group-types.ts';
import type { EventStore, GroupStore, MaybePromise } from '../queue/event-store.ts';
import type { InspectedParts } from '../queue/inspected-parts.ts';

/** The groups of a backend over a store: its verbs check the names and wake the consumers that a change concerns. */
export function groupVerbs(parts: InspectedParts): GroupVerbs {
  return {
    create: async (...given) => create(parts, ...given),
    delete: async (...given) => remove(parts, ...given),
    list: async (channel) => list(parts, channel),
  };
}

/** {@link groupVerbs} of a synchronous backend. */
export function syncGroupVerbs(parts: InspectedParts): SyncGroupVerbs {
  return {
    create: (...given) => create(parts, ...given) as boolean,
    delete: (...given) => remove(parts, ...given) as boolean,
    list: (channel) => list(parts, channel) as string[],
  };
}

function storeOf({ store, requireOpen }: InspectedParts): GroupStore {
  requireOpen();
  return 'choose' in store ? fallbackGroups(store as FallbackStore) : groupsOf(store);
}

/** The kind of a store is found by its properties, so that this entry does not import the stores. */
function groupsOf(store: EventStore): GroupStore {
  if ('copier' in store) return new IndexedDbGroups(store as GroupedStore);
  // A store without `create` belongs to a backend without the capability `groups`, whose groups are listed only.
  return (store.groups as GroupStore | undefined) ?? memoryGroups(store as MemoryStore);
}

/** The groups of a store that has not decided yet whether it keeps events in IndexedDB or in memory. */
function fallbackGroups(store: FallbackStore): GroupStore {
  const chosen = async () => groupsOf(await store.choose());
  return {
    create: async (...given) => (await chosen()).create(...given),
    delete: async (...given) => (await chosen()).delete(...given),
    list: async (channel) => (await chosen()).list(channel),
  };
}

function create(
  parts: InspectedParts,
  channel: string,
  group: string,
  options: CreateGroupOptions = {},
): MaybePromise<boolean> {
  checkOptions(options);
  const { plainQueue = true } = options;
  checkChoice('plainQueue', plainQueue, [true, false]);
  return change(parts, channel, group, (store) => store.create(channel, group, plainQueue));
}

function remove(parts: InspectedParts, channel: string, group: string): MaybePromise<boolean> {
  return change(parts, channel, group, (store) => store.delete(channel, group));
}

/** Changes the groups of a channel, and wakes the consumers of the channel and its groups. */
function change(
  parts: InspectedParts,
  channel: string,
  group: string,
  verb: (store: GroupStore) => MaybePromise<boolean>,
): MaybePromise<boolean> {
  const store = storeOf(parts);
  checkChannelName(channel);
  checkGroupName(group);
  const notify = (isChanged: boolean) => {
    if (isChanged) parts.notifier.notify([channel, queueName({ channel, group })]);
    return isChanged;
  };
  const changed = verb(store);
  return typeof changed === 'boolean' ? notify(changed) : changed.then(notify);
}

function list(parts: InspectedParts, channel: string): MaybePromise<string[]> {
  const store = storeOf(parts);
  checkChannelName(channel);
  return store.list(channel);
}
