import { memoryGroups } from '../backends/memory/memory-groups.ts';
import { MemoryStore } from '../backends/memory/memory-store.ts';
import { checkChannelName } from '../core/channel-name.ts';
import type { CreateGroupOptions, GroupVerbs, SyncGroupVerbs } from '../core/group-types.ts';
import { checkChoice, checkOptions } from '../core/options.ts';
import { checkGroupName, queueName } from '../core/queue-name.ts';
import type { GroupStore, MaybePromise } from '../queue/event-store.ts';
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
  return store instanceof MemoryStore ? memoryGroups(store) : (store.groups as GroupStore);
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
