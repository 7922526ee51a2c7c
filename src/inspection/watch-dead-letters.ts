import type { DeadLetter } from '../core/events/message.ts';
import { checkOptions, checkWholeNumber } from '../core/options/options.ts';
import type { GroupOptions } from '../core/options/queue-name.ts';
import type { ChannelOf } from '../core/options/schema.ts';
import { type ChannelStore, channelStore } from './channel-store.ts';
import type { WatchedSnapshot } from './channel-watch.ts';
import type { Inspectable, SchemaOf } from './inspectable.ts';

/** The oldest dead letters of a channel, as far as they are known. */
export interface DeadLettersSnapshot<Payload = unknown> extends WatchedSnapshot {
  /** Oldest first. Undefined before the first read. */
  readonly letters: readonly DeadLetter<Payload>[] | undefined;
}

/** A store of live dead letters. */
export type DeadLettersStore<Payload = unknown> = ChannelStore<DeadLettersSnapshot<Payload>>;

export interface WatchDeadLettersOptions extends GroupOptions {
  /** The most dead letters that a snapshot holds, from 1; default 100. They are read again at each change of the channel. */
  readonly limit?: number | undefined;
}

const DEFAULT_LIMIT = 100;

/**
 * Watches the dead letters of a channel as {@link watchStats} watches its counts: it reads after changes of any context, while
 * the store has a listener. While the channel has no dead letter, only its counts are read. The array is the same object until a
 * dead letter comes or goes. Errors: `TypeError`; `unsupported` without the capabilities `watchStats` and `deadLetters`.
 *
 * @example
 * const failed = watchDeadLetters(events, 'order.placed', { limit: 20 });
 * const stop = failed.subscribe(({ letters = [] }) => showFailures(letters));
 */
export function watchDeadLetters<Target extends Inspectable, C extends ChannelOf<SchemaOf<Target>>>(
  target: Target,
  channel: C,
  options: WatchDeadLettersOptions = {},
): DeadLettersStore<SchemaOf<Target>[C]> {
  checkOptions(options);
  const { limit = DEFAULT_LIMIT } = options;
  checkWholeNumber('limit', limit, 1);
  return channelStore<DeadLettersSnapshot>(
    target,
    { channel, group: options.group },
    {
      before: { letters: undefined, isEnded: false },
      capabilities: ['watchStats', 'deadLetters'],
      isSame: ({ letters: a }, { letters: b }) => isSameList(a, b),
      readFrom: (backend, queue) => async (source) => {
        const { dead } = await source.stats(queue);
        const letters = dead === 0 ? [] : ((await backend.deadLetters?.(queue, limit)) ?? []);
        return { next: { letters, isEnded: false }, againAt: Number.POSITIVE_INFINITY };
      },
    },
  ) as DeadLettersStore<SchemaOf<Target>[C]>;
}

/** A letter that was redriven and died again has another time. */
function isSameList(a: DeadLettersSnapshot['letters'], b: DeadLettersSnapshot['letters']): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.length === b.length &&
    a.every(({ eventId, diedAt }, place) => {
      const other = b[place];
      return other?.eventId === eventId && other.diedAt === diedAt;
    })
  );
}
