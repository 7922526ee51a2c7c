import type { EventStory } from './event-story.ts';
import type { HistoryViolation } from './history-violation.ts';

/**
 * No delivery of an event may precede the end of the one that it waits for, in any group. That one has not ended where it is
 * delivered or acknowledged later. An event that is redriven begins again, so such events are not judged. Nor are those whose
 * publish began before the other one was known to be stored.
 */
export function checkDependencies(
  stories: ReadonlyMap<string, EventStory>,
  violations: HistoryViolation[],
): void {
  for (const story of stories.values()) {
    const { channel, eventId } = story;
    const [publish] = story.publishes;
    const first =
      publish?.after === undefined ? undefined : stories.get(`${channel}\n${publish.after}`);
    const stored = first?.publishes.find(({ outcome }) => outcome === 'ok');
    if (!first || !publish || !stored || stored.time >= publish.invoked) continue;
    for (const [name, { deliveries, redrives }] of story.groups) {
      const [delivery] = deliveries;
      const other = first.groups.get(name);
      if (!delivery || !other || redrives.length + other.redrives.length > 0) continue;
      const acks = other.settlements.filter(
        ({ operation, outcome }) => operation === 'ack' && outcome === 'ok',
      );
      const later = [...other.deliveries, ...acks].find(({ invoked }) => invoked > delivery.time);
      const group = name === undefined ? {} : { group: name };
      const records = [publish, delivery];
      if (later)
        violations.push({
          ...{ rule: 'before-dependency', channel, eventId, ...group },
          records: [...records, later],
        });
    }
  }
}
