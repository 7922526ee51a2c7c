import type { ChannelStats } from '../core/events/message.ts';
import type { GroupOptions } from '../core/options/queue-name.ts';
import type { ChannelOf } from '../core/options/schema.ts';
import type { ChannelsPage } from '../core/protocols/browsed-page.ts';
import { isPromiseLike } from '../core/runtime/is-promise-like.ts';
import type { MaybePromise } from '../queue/event-store.ts';
import type { InspectionSource } from '../queue/inspection-source.ts';
import {
  type AnswerOf,
  type Inspectable,
  inspect,
  inspectedQueue,
  type SchemaOf,
} from './inspectable.ts';

/** How many channels are counted at a time. */
const PAGE = 100;

/**
 * Counts the events of a channel, or of a group of it, in each state, as `events.stats(channel, { group })` does. Without a channel it counts those of all
 * channels together; {@link channels} has the numbers of each. The channels are counted one after the other, so an event that
 * is moved meanwhile from one channel to another may count twice or not at all. Needs the capability `stats`, and `channels`
 * where no channel is given. Errors: `unsupported`; `closed`; those of the storage.
 *
 * @example
 * const { ready, dead } = await stats(events);
 */
export function stats<Target extends Inspectable>(
  target: Target,
  channel?: ChannelOf<SchemaOf<Target>>,
  options?: GroupOptions,
): AnswerOf<Target, ChannelStats> {
  const counts =
    channel === undefined
      ? inspect(target, 'channels', (source) => sumFrom(source, { channels: [], after: '' }))
      : inspect(
          target,
          'stats',
          (_, backend) =>
            backend.stats?.(inspectedQueue(backend, channel, options)) as ChannelStats,
        );
  return counts as AnswerOf<Target, ChannelStats>;
}

/** Adds the pages that follow. */
function sumFrom(
  source: InspectionSource,
  { channels, after }: ChannelsPage,
  before: ChannelStats = { ready: 0, leased: 0, scheduled: 0, dead: 0 },
): MaybePromise<ChannelStats> {
  const sum = channels.reduce((total, { stats: next }) => added(total, next), before);
  if (after === undefined) return sum;
  const page = source.channels(PAGE, after);
  return isPromiseLike(page)
    ? page.then((read) => sumFrom(source, read, sum))
    : sumFrom(source, page, sum);
}

function added(a: ChannelStats, b: ChannelStats): ChannelStats {
  const quarantined = (a.quarantined ?? 0) + (b.quarantined ?? 0);
  const estimate = b.estimate ?? a.estimate;
  return {
    ready: a.ready + b.ready,
    leased: a.leased + b.leased,
    scheduled: a.scheduled + b.scheduled,
    dead: a.dead + b.dead,
    ...(quarantined > 0 && { quarantined }),
    ...(estimate && { estimate }),
  };
}
