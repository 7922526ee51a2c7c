import type { ChannelStory } from './channel-story.ts';
import { type EventStory, type GroupStory, storingPublish } from './event-story.ts';
import type { HistoryRecord } from './history-record.ts';
import type { HistoryViolation } from './history-violation.ts';
import { mayHaveTaken } from './loss-rule.ts';
import { Replacements } from './replacements.ts';

interface Keyed {
  readonly publish: HistoryRecord;
  readonly group: GroupStory;
  /** The start of the call that deleted the group, or whatever the channel had, with this event. */
  readonly deletedAt: number;
}

/** Reports deliveries of events with a key whose predecessors of that key were not done. */
export function checkKeyOrder(
  stories: Iterable<EventStory>,
  channels: ReadonlyMap<string, ChannelStory>,
  violations: HistoryViolation[],
): void {
  const lines = new Map<string, Keyed[]>();
  const all = [...stories];
  const replacements = new Replacements(all);
  for (const story of all) {
    const publish = storingPublish(story);
    if (publish?.key === undefined) continue;
    for (const group of story.groups.values()) {
      const name = JSON.stringify([publish.channel, publish.key, group.group ?? null]);
      const line = lines.get(name) ?? [];
      lines.set(name, line);
      const lives = channels.get(publish.channel)?.lives.get(group.group) ?? [];
      const life = lives.find(({ deleted }) => deleted && deleted.time >= publish.invoked);
      const purge = channels.get(publish.channel)?.purges.find((one) => mayHaveTaken(one, publish));
      line.push({ publish, group, deletedAt: deletionOf(publish, life?.deleted, purge) });
    }
  }
  for (const line of lines.values()) checkKey(line, replacements, violations);
}

/** An event with a time to live may have died of its age long before, and its dead letter is gone with whatever was deleted. */
function deletionOf(
  { expiresAt }: HistoryRecord,
  ...deletions: readonly (HistoryRecord | undefined)[]
): number {
  const deletedAt = Math.min(
    ...deletions.map((deletion) => deletion?.invoked ?? Number.POSITIVE_INFINITY),
  );
  const mayHaveDied = deletedAt < Number.POSITIVE_INFINITY && expiresAt !== undefined;
  return mayHaveDied ? Number.NEGATIVE_INFINITY : deletedAt;
}

/** Both cursors only advance, so that the time is in proportion to the events of the key, once they are sorted. */
function checkKey(
  line: readonly Keyed[],
  replacements: Replacements,
  violations: HistoryViolation[],
): void {
  const byEnd = [...line].sort((a, b) => a.publish.time - b.publish.time);
  const byBegin = [...line].sort((a, b) => a.publish.invoked - b.publish.invoked);
  let last: Keyed | undefined;
  let doneAt = Number.NEGATIVE_INFINITY;
  let index = 0;
  for (const { publish, group } of byBegin) {
    for (let before = byEnd[index]; before; before = byEnd[index]) {
      if (before.publish.time >= publish.invoked) break;
      const endedAt = Math.min(endOf(before, replacements), before.deletedAt);
      if (endedAt > doneAt) [last, doneAt] = [before, endedAt];
      index += 1;
    }
    const early = group.deliveries.find(({ time }) => time < doneAt);
    if (early && last) violations.push(keyViolation(publish, last.publish, early));
  }
}

function keyViolation(
  { channel, eventId = '' }: HistoryRecord,
  predecessor: HistoryRecord,
  delivery: HistoryRecord,
): HistoryViolation {
  const { group } = delivery;
  const named = group === undefined ? {} : { group };
  return { rule: 'key-order', channel, eventId, ...named, records: [predecessor, delivery] };
}

/**
 * The start of the first call that may have ended the event. Infinity if there is none. An event that was redriven had ended
 * before. If no accepted reject explains that, it died of its age, at a time that is unknown.
 */
function endOf({ publish, group }: Keyed, replacements: Replacements): number {
  if (group.deliveries.length === 0 && replacements.mayInclude(publish, group))
    return Number.NEGATIVE_INFINITY;
  const { settlements, endings, redrives } = group;
  const isExplained = settlements.some(
    ({ operation, outcome, time }) =>
      operation === 'reject' &&
      outcome === 'ok' &&
      // A reject at the instant of the redrive may be that of the next delivery.
      redrives.every(({ invoked }) => time < invoked),
  );
  if (redrives.length > 0 && !isExplained) return Number.NEGATIVE_INFINITY;
  return [...settlements, ...endings].reduce(
    (earliest, record) => Math.min(earliest, endedBy(record)),
    Number.POSITIVE_INFINITY,
  );
}

function endedBy({ operation, outcome, invoked }: HistoryRecord): number {
  // The event was found among the dead letters. It is unknown when it died.
  if (operation === 'dead-letter' || operation === 'purge') return Number.NEGATIVE_INFINITY;
  const isEnd = operation === 'ack' || operation === 'reject' || operation === 'cancel';
  return isEnd && outcome !== 'failed' ? invoked : Number.POSITIVE_INFINITY;
}

/**
 * Reports consumers that got an event before an earlier event of the same publisher. What may have been published before a
 * consumer joined its group, for the last time, has no order: it is a history, or what the consumer had got before. `sorted` is
 * in the order of `time`.
 */
export function checkChannelOrder(
  sorted: readonly HistoryRecord[],
  channels: ReadonlySet<string>,
  violations: HistoryViolation[],
): void {
  if (channels.size === 0) return;
  const publishes = new Map<string, HistoryRecord>();
  for (const record of sorted)
    if (record.operation === 'publish' && channels.has(record.channel))
      publishes.set(`${record.channel}\n${record.eventId}`, record);
  const seen = new Set<string>();
  const newest = new Map<string, { publish: HistoryRecord; delivery: HistoryRecord }>();
  const joinedAt = new Map<string, number>();
  for (const delivery of sorted) {
    const { operation, channel, context, eventId = '' } = delivery;
    const consumer = `${channel}\n${context}`;
    if (operation === 'create-group') joinedAt.set(consumer, delivery.time);
    const publish = publishes.get(`${channel}\n${eventId}`);
    if (operation !== 'deliver' || !publish) continue;
    const first = `${consumer}\n${eventId}`;
    if (seen.has(first)) continue;
    seen.add(first);
    const line = `${consumer}\n${publish.context}`;
    const before = newest.get(line);
    const isOrdered = before && before.publish.invoked >= (joinedAt.get(consumer) ?? 0);
    if (isOrdered && publish.time < before.publish.invoked)
      violations.push({
        rule: 'channel-order',
        channel,
        eventId,
        records: [before.delivery, delivery],
      });
    else newest.set(line, { publish, delivery });
  }
}
