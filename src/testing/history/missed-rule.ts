import { type ChannelStory, countMissed } from './channel-story.ts';
import type { EventStory } from './event-story.ts';
import type { HistoryViolation } from './history-violation.ts';

/**
 * Reports groups that were informed of more missed events than they lack. Events whose publish began before the group was
 * created may be among them.
 */
export function checkMissed(
  stories: Iterable<EventStory>,
  channels: ReadonlyMap<string, ChannelStory>,
  violations: HistoryViolation[],
): void {
  const lacking = new Map<string, Map<string | undefined, number>>();
  for (const story of stories) {
    const channel = channels.get(story.channel);
    const publish = story.publishes.find(({ outcome }) => outcome !== 'failed');
    if (publish === undefined) continue;
    for (const group of channel?.missed.keys() ?? []) {
      const since = channel?.groups.get(group)?.created?.invoked ?? Number.NEGATIVE_INFINITY;
      const isDelivered = (story.groups.get(group)?.deliveries.length ?? 0) > 0;
      if (isDelivered && publish.invoked >= since) continue;
      const byGroup = lacking.get(story.channel) ?? new Map<string | undefined, number>();
      lacking.set(story.channel, byGroup);
      byGroup.set(group, (byGroup.get(group) ?? 0) + 1);
    }
  }
  for (const [channel, { missed }] of channels)
    for (const [group, records] of missed) {
      if (countMissed(records) <= (lacking.get(channel)?.get(group) ?? 0)) continue;
      const named = group === undefined ? {} : { group };
      violations.push({ rule: 'over-reported', channel, ...named, records });
    }
}
