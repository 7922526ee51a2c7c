import { requireCapability } from '../core/delivery/settler.ts';
import type { EventChannel } from '../core/event-channel.ts';
import { refuse } from '../core/options/options.ts';
import type {
  CreateGroupOptions,
  GroupVerbs,
  SyncGroupVerbs,
} from '../core/protocols/group-types.ts';
import {
  type AsyncEventBackend,
  isAsyncEventBackend,
  isSyncEventBackend,
  type SyncEventBackend,
} from '../core/protocols/protocols.ts';
import { backendOf } from '../core/protocols/shared-backend.ts';
import type { SyncEventChannel } from '../core/sync-event-channel.ts';
import type { InspectedParts } from '../queue/inspected-parts.ts';
import { groupVerbs, syncGroupVerbs } from './group-verbs.ts';

/** An asynchronous backend, or a client of one. */
export type GroupOwner = AsyncEventBackend | Pick<EventChannel, 'drain'>;

/** A synchronous backend, or a client of one. */
export type SyncGroupOwner = SyncEventBackend | Pick<SyncEventChannel, 'drain'>;

/**
 * Creates a group of a channel. Every event whose publish is stored after the group reaches it, also while the group has no
 * consumer. Earlier events do not. Resolves with false if the group exists already: any context may call it at its start. The
 * channel's plain queue, for consumers without a group, gets every event as before, unless `plainQueue` is false.
 *
 * Each group has its own attempts, order, delays and dead letters. Storage grows by what the slowest queue of the channel has
 * not handled, and `stats` names that queue. Errors: `unsupported` if the backend has no groups; `TypeError` for a bad name.
 *
 * @example
 * await createGroup(events, 'order.placed', 'search');
 * events.listen('order.placed', updateIndex, { group: 'search' });
 */
export function createGroup(
  owner: GroupOwner,
  channel: string,
  group: string,
  options?: CreateGroupOptions,
): Promise<boolean>;
export function createGroup(
  owner: SyncGroupOwner,
  channel: string,
  group: string,
  options?: CreateGroupOptions,
): boolean;
export function createGroup(
  owner: GroupOwner | SyncGroupOwner,
  channel: string,
  group: string,
  options?: CreateGroupOptions,
): Promise<boolean> | boolean {
  return groupsOf(owner, 'createGroup').create(channel, group, options);
}

/**
 * Deletes a group with its events and dead letters. Its listeners end with a `closeReason` whose code is `no-group`, other
 * consumers get that error, and its leases are answered with `gone`. Other queues keep their events. Resolves with false if
 * there is no such group. A group that is created again starts empty. If it rejects, the group may still deliver what it holds:
 * call it again.
 *
 * @example
 * await deleteGroup(events, 'order.placed', 'search');
 */
export function deleteGroup(owner: GroupOwner, channel: string, group: string): Promise<boolean>;
export function deleteGroup(owner: SyncGroupOwner, channel: string, group: string): boolean;
export function deleteGroup(
  owner: GroupOwner | SyncGroupOwner,
  channel: string,
  group: string,
): Promise<boolean> | boolean {
  return groupsOf(owner, 'deleteGroup').delete(channel, group);
}

/**
 * Resolves with the names of a channel's groups, in the order of their creation. Over broadcast these are the groups that have a
 * consumer in this context.
 *
 * @example
 * console.log(await groups(events, 'order.placed')); // [ 'search', 'mail' ]
 */
export function groups(owner: GroupOwner, channel: string): Promise<string[]>;
export function groups(owner: SyncGroupOwner, channel: string): string[];
export function groups(
  owner: GroupOwner | SyncGroupOwner,
  channel: string,
): Promise<string[]> | string[] {
  return groupsOf(owner, 'groups').list(channel);
}

function groupsOf(owner: GroupOwner | SyncGroupOwner, asked: string): GroupVerbs | SyncGroupVerbs {
  const backend = backendOf(owner) ?? owner;
  if (!isAsyncEventBackend(backend) && !isSyncEventBackend(backend))
    refuse('owner', 'a channel or an event backend', owner);
  const isLocal = asked === 'groups' && backend.capabilities?.localGroups;
  if (!isLocal) requireCapability(backend, 'groups', asked);
  const { groups: own, inspected } = backend as typeof backend & { inspected: InspectedParts };
  return own ?? (isAsyncEventBackend(backend) ? groupVerbs(inspected) : syncGroupVerbs(inspected));
}
