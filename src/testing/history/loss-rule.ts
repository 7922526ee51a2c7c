import { type ChannelStory, countMissed, type GroupLife } from './channel-story.ts';
import { type EventStory, type GroupStory, storingPublish } from './event-story.ts';
import type { HistoryRecord } from './history-record.ts';
import type { HistoryViolation } from './history-violation.ts';
import { Replacements } from './replacements.ts';

interface Loss extends HistoryViolation {
  readonly rule: 'lost';
}

/** Reports accepted events that are gone, except those that were reported as missed. */
export function checkLosses(
  stories: Iterable<EventStory>,
  channels: ReadonlyMap<string, ChannelStory>,
  violations: HistoryViolation[],
): void {
  const losses = new Map<string, Map<string | undefined, Loss[]>>();
  const all = [...stories];
  const replacements = new Replacements(all);
  for (const story of all) {
    const publish = storingPublish(story);
    const channel = channels.get(story.channel);
    if (!publish || !channel || channel.purges.some((purge) => mayHaveTaken(purge, publish)))
      continue;
    for (const group of expectedGroups(channel, publish)) {
      const told = story.groups.get(group);
      if (isAccountedFor(told) || replacements.mayInclude(publish, told)) continue;
      const byGroup = losses.get(story.channel) ?? new Map<string | undefined, Loss[]>();
      losses.set(story.channel, byGroup);
      const list = byGroup.get(group) ?? [];
      byGroup.set(group, list);
      list.push(lossOf(story, group, publish));
    }
  }
  for (const [name, byGroup] of losses)
    for (const [group, list] of byGroup) {
      const missed = countMissed(channels.get(name)?.missed.get(group));
      if (list.length > missed) violations.push(...list);
    }
}

function lossOf(
  { channel, eventId }: EventStory,
  group: string | undefined,
  publish: HistoryRecord,
): Loss {
  const named = group === undefined ? {} : { group };
  return { rule: 'lost', channel, eventId, ...named, records: [publish] };
}

/** Whether the purge of a channel may have taken an event. */
export function mayHaveTaken(purge: HistoryRecord, publish: HistoryRecord): boolean {
  return purge.outcome !== 'failed' && purge.time >= publish.invoked;
}

/** The groups that certainly existed from before the publish began until the end. Without any, the group without a name. */
export function expectedGroups(
  { groups }: ChannelStory,
  publish: HistoryRecord,
): readonly (string | undefined)[] {
  if (groups.size === 0) return [undefined];
  return [...groups].filter(([, life]) => isAlive(life, publish)).map(([group]) => group);
}

function isAlive({ created, deleted }: GroupLife, publish: HistoryRecord): boolean {
  const isThere = !created || (created.outcome === 'ok' && created.time < publish.invoked);
  return isThere && deleted === undefined;
}

/** An ending whose answer was lost may have taken effect, so it also accounts for the event. */
function isAccountedFor(group: GroupStory | undefined): boolean {
  if (!group) return false;
  const ends = group.endings.some(({ outcome }) => outcome !== 'failed');
  const isSettled = group.settlements.some(
    ({ operation, outcome }) =>
      outcome !== 'failed' && (operation === 'ack' || operation === 'reject'),
  );
  // A dead letter that was redriven must be found again.
  return ends || (isSettled && group.redrives.length === 0) || wasAcknowledged(group);
}

function wasAcknowledged({ settlements }: GroupStory): boolean {
  return settlements.some(({ operation, outcome }) => operation === 'ack' && outcome !== 'failed');
}
