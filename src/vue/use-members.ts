import { type MaybeRefOrGetter, type ShallowRef, toValue } from 'vue';
import type { EventChannel } from '../core/event-channel.ts';
import type { ChannelOf } from '../core/options/schema.ts';
import { type MembersSnapshot, membersStore } from '../stores/members-store.ts';
import { type Given, given } from './given.ts';
import { useStore } from './use-store.ts';

/**
 * The contexts that receive the events of a channel now, over the broadcast backend: other tabs and workers, and this one while
 * it listens. Undefined before the first answer, and on a server. Without `events` (null or undefined) nothing is watched.
 * Errors: `unsupported` over a backend without the capability `members`; `closed` after a shutdown.
 *
 * @example
 * const members = useMembers(events, 'signed.out');
 * const tabs = computed(() => members.value?.length ?? 0);
 */
export function useMembers<
  Schema extends { [C in keyof Schema]: unknown },
  Replies extends { [C in keyof Replies]: unknown },
  Inputs extends { [C in keyof Inputs]: unknown },
>(
  events: Given<EventChannel<Schema, Replies, Inputs>>,
  channel: MaybeRefOrGetter<ChannelOf<Schema>>,
): Readonly<ShallowRef<MembersSnapshot>> {
  const storeOf = () => {
    const target = given(events);
    return target && membersStore(target, toValue(channel));
  };
  return useStore<MembersSnapshot>('useMembers', storeOf, undefined);
}
