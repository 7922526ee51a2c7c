import { memoryGroups } from '../backends/memory/memory-groups.ts';
import { MemoryStore } from '../backends/memory/memory-store.ts';
import { checkChannelName } from '../core/channel-name.ts';
import type { GroupVerbs, SyncGroupVerbs } from '../core/group-types.ts';
import { checkGroupName, queueName } from '../core/queue-name.ts';
import type { GroupStore, MaybePromise } from '../queue/event-store.ts';
import type { InspectedParts } from '../queue/inspected-parts.ts';

/** The groups of a backend over a store: its verbs check the names and wake the consumers that a change concerns. */
export function groupVerbs(parts: InspectedParts): GroupVerbs {
  return {
    create: async (channel, group) => change(parts, 'create', channel, group),
    delete: async (channel, group) => change(parts, 'delete', channel, group),
    list: async (channel) => list(parts, channel),
  };
}

/** {@link groupVerbs} of a synchronous backend. */
export function syncGroupVerbs(parts: InspectedParts): SyncGroupVerbs {
  return {
    create: (channel, group) => change(parts, 'create', channel, group) as boolean,
    delete: (channel, group) => change(parts, 'delete', channel, group) as boolean,
    list: (channel) => list(parts, channel) as string[],
  };
}

function storeOf({ store, requireOpen }: InspectedParts): GroupStore {
  requireOpen();
  return store instanceof MemoryStore ? memoryGroups(store) : (store.groups as GroupStore);
}

function change(
  parts: InspectedParts,
  verb: 'create' | 'delete',
  channel: string,
  group: string,
): MaybePromise<boolean> {
  const store = storeOf(parts);
  checkChannelName(channel);
  checkGroupName(group);
  const notify = (isChanged: boolean) => {
    if (isChanged) parts.notifier.notify([queueName({ channel, group })]);
    return isChanged;
  };
  const changed = store[verb](channel, group);
  return typeof changed === 'boolean' ? notify(changed) : changed.then(notify);
}

function list(parts: InspectedParts, channel: string): MaybePromise<string[]> {
  const store = storeOf(parts);
  checkChannelName(channel);
  return store.list(channel);
}
