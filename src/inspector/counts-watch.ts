import type { ChannelStats } from '../core/events/message.ts';
import { ignore } from '../core/runtime/ignore.ts';
import type { Stop } from '../core/runtime/runtime.ts';
import type { InspectorPorts } from './inspector-ports.ts';
import { Reading } from './reading.ts';

/**
 * Calls `onCounts` with the counts of a channel, now and at each change, until the returned function is called. A backend that
 * cannot be watched is read once a second.
 */
export function watchCounts(
  ports: InspectorPorts,
  channel: string,
  onCounts: (counts: ChannelStats) => void,
): Stop {
  const { source, fail, ticker } = ports;
  if (source.can('watchStats'))
    return source.watchStats(channel).subscribe(({ stats, error }) => {
      fail('counts', error);
      if (stats) onCounts(stats);
    });
  if (!source.can('stats')) return ignore;
  const reading = new Reading(ports, 'counts', () => source.verbs.stats(channel), onCounts);
  void reading.run();
  const stopTicks = ticker.each(() => void reading.run());
  return () => {
    stopTicks();
    reading.end();
  };
}
