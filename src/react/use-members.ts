import type { EventChannel } from '../core/event-channel.ts';
import type { ChannelOf } from '../core/options/schema.ts';
import { type MembersSnapshot, membersStore } from '../stores/members-store.ts';
import { useStore } from './use-store.ts';

/**
 * The contexts that receive the events of a channel now, over the broadcast backend: other tabs and workers, and this one while
 * it listens. Undefined before the first answer, on a server, and during hydration. Without `events` (null or undefined) nothing
 * is watched. The component throws `unsupported` over a backend without the capability `members`, and `closed` after a shutdown.
 *
 * @example
 * const members = useMembers(events, 'signed.out');
 * return createElement('p', null, `${members?.length ?? 0} tabs are open`);
 */
export function useMembers<
  Schema extends { [C in keyof Schema]: unknown },
  Replies extends { [C in keyof Replies]: unknown },
  Inputs extends { [C in keyof Inputs]: unknown },
>(
  events: EventChannel<Schema, Replies, Inputs> | null | undefined,
  channel: ChannelOf<Schema>,
): MembersSnapshot {
  return useStore(events ? membersStore(events, channel) : undefined, undefined);
}
