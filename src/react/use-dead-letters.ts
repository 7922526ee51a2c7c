import type { ChannelOf } from '../core/options/schema.ts';
import type { Inspectable, SchemaOf } from '../inspection/inspectable.ts';
import type {
  DeadLettersSnapshot,
  WatchDeadLettersOptions,
} from '../inspection/watch-dead-letters.ts';
import { deadLettersStore, NO_LETTERS } from '../stores/dead-letters-store.ts';
import { useStore } from './use-store.ts';

/**
 * The oldest dead letters of a channel (default: 100), read again after each change as `watchDeadLetters` of `ackline/inspection`
 * does. `letters` is undefined before the first read, on a server, and during hydration, and the same array until a letter comes
 * or goes. Without `events` (null or undefined) nothing is read. Renders throw a `TypeError`, and `unsupported` over a backend
 * without the capabilities `watchStats` and `deadLetters`.
 *
 * @example
 * const { letters = [] } = useDeadLetters(events, 'order.placed', { limit: 20 });
 * const again = () => events.redrive('order.placed');
 */
export function useDeadLetters<Target extends Inspectable, C extends ChannelOf<SchemaOf<Target>>>(
  events: Target | null | undefined,
  channel: C,
  options: WatchDeadLettersOptions = {},
): DeadLettersSnapshot<SchemaOf<Target>[C]> {
  const store = events ? deadLettersStore(events, channel, options) : undefined;
  return useStore(store, NO_LETTERS) as DeadLettersSnapshot<SchemaOf<Target>[C]>;
}
