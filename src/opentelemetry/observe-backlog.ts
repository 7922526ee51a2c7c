import type { ObservableResult } from '@opentelemetry/api';
import type { ChannelStats } from '../core/events/message.ts';
import { checkChannelName } from '../core/options/channel-name.ts';
import { refuse } from '../core/options/options.ts';
import type { Stop } from '../core/runtime/runtime.ts';
import { CHANNEL, SYSTEM } from './attributes.ts';
import { meterOf, type TracingOptions } from './telemetry-options.ts';

/** A channel or backend that counts its events. */
export interface CountedChannel {
  stats(channel: never): ChannelStats | Promise<ChannelStats>;
}

const STATES = ['ready', 'leased', 'scheduled', 'dead'] as const;

/**
 * Reports how many events of each of these channels are ready, leased, scheduled and dead, as the observable gauge
 * `ackline.channel.events`, until the returned function is called. `stats` of each channel is called once for each collection
 * of the metrics. A channel whose `stats` fails, such as after a shutdown, is left out. Needs the capability `stats`. Errors:
 * `TypeError` for options out of range.
 *
 * @example
 * const stop = observeBacklog(events, ['order.placed', 'mail.send']);
 */
export function observeBacklog(
  events: CountedChannel,
  channels: readonly string[],
  options: Pick<TracingOptions, 'meter'> = {},
): Stop {
  if (typeof events?.stats !== 'function') refuse('events', 'an event channel', events);
  if (!Array.isArray(channels)) refuse('channels', 'an array of names', channels);
  for (const channel of channels) checkChannelName(channel);
  const gauge = meterOf(options).createObservableGauge('ackline.channel.events', {
    unit: '{event}',
    description: 'Events of a channel, by state.',
  });
  const observe = async (result: ObservableResult) => {
    await Promise.all(channels.map((channel) => observeOne(events, channel, result)));
  };
  gauge.addCallback(observe);
  return () => gauge.removeCallback(observe);
}

async function observeOne(
  events: CountedChannel,
  channel: string,
  result: ObservableResult,
): Promise<void> {
  let stats: ChannelStats;
  try {
    stats = await events.stats(channel as never);
  } catch {
    // The caller of the channel receives such errors from its own calls.
    return;
  }
  for (const state of STATES)
    result.observe(stats[state], {
      ...SYSTEM,
      [CHANNEL]: channel,
      'ackline.event.state': state,
    });
}
