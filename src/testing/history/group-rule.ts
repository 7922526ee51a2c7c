import type { ChannelStory, GroupLife } from './channel-story.ts';
import type { EventStory } from './event-story.ts';
import type { HistoryRecord } from './history-record.ts';
import type { HistoryViolation } from './history-violation.ts';

/** Reports deliveries to a group of events that were not published while the group existed, and deliveries after its deletion. */
export function checkGroupLives(
  stories: Iterable<EventStory>,
  channels: ReadonlyMap<string, ChannelStory>,
  violations: HistoryViolation[],
): void {
  for (const { channel, eventId, publishes, groups } of stories)
    for (const { group, deliveries } of groups.values()) {
      if (group === undefined) continue;
      const lives = channels.get(channel)?.lives.get(group) ?? [];
      const outside = deliveries.find(
        (delivery) => !lives.some((life) => mayHave(life, publishes, delivery)),
      );
      if (outside)
        violations.push({
          ...{ rule: 'outside-group', channel, eventId, group },
          records: [...publishes, outside],
        });
    }
}

function mayHave(
  { created, deleted }: GroupLife,
  publishes: readonly HistoryRecord[],
  delivery: HistoryRecord,
): boolean {
  const isDeleted = deleted?.outcome === 'ok' && deleted.time < delivery.invoked;
  const since = created?.invoked ?? Number.NEGATIVE_INFINITY;
  return !isDeleted && publishes.some(({ time }) => time >= since);
}
