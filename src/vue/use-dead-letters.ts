import { type MaybeRefOrGetter, type ShallowRef, toValue } from 'vue';
import type { ChannelOf } from '../core/options/schema.ts';
import type { Inspectable, SchemaOf } from '../inspection/inspectable.ts';
import type {
  DeadLettersSnapshot,
  WatchDeadLettersOptions,
} from '../inspection/watch-dead-letters.ts';
import { deadLettersStore, NO_LETTERS } from '../stores/dead-letters-store.ts';
import { type Given, given } from './given.ts';
import { useStore } from './use-store.ts';

/**
 * The oldest dead letters of a channel (default: 100), read again after each change as `watchDeadLetters` of `ackline/inspection`
 * does. `letters` is undefined before the first read, and on a server. Without `events` (null or undefined) nothing is read.
 * Errors: `TypeError`; `unsupported` over a backend without the capabilities `watchStats` and `deadLetters`.
 *
 * @example
 * const failed = useDeadLetters(events, 'order.placed', { limit: 20 });
 * const count = computed(() => failed.value.letters?.length ?? 0);
 */
export function useDeadLetters<Target extends Inspectable, C extends ChannelOf<SchemaOf<Target>>>(
  events: Given<Target>,
  channel: MaybeRefOrGetter<C>,
  options: MaybeRefOrGetter<WatchDeadLettersOptions> = {},
): Readonly<ShallowRef<DeadLettersSnapshot<SchemaOf<Target>[C]>>> {
  const storeOf = () => {
    const target = given(events);
    return target && deadLettersStore(target, toValue(channel), toValue(options));
  };
  const letters = useStore<DeadLettersSnapshot>('useDeadLetters', storeOf, NO_LETTERS);
  return letters as Readonly<ShallowRef<DeadLettersSnapshot<SchemaOf<Target>[C]>>>;
}
