import type { HistoryRecord } from './history-record.ts';

/** The records about one channel as a whole. Each list is in the order of `time`. */
export interface ChannelStory {
  readonly purges: HistoryRecord[];
  readonly retriesNow: HistoryRecord[];
  /** When each group was created and deleted last. */
  readonly groups: Map<string | undefined, GroupLife>;
  /** When the last call that deleted the group ended, whatever creations came since. */
  readonly deletedAt: Map<string | undefined, number>;
  /** Each time that a group existed. */
  readonly lives: Map<string | undefined, GroupLife[]>;
  /** The reports of missed events to each group since it was created last. */
  readonly missed: Map<string | undefined, HistoryRecord[]>;
}

/** From the creation of a group to its deletion. Without `created` it existed before the history. */
export interface GroupLife {
  readonly created: HistoryRecord | undefined;
  deleted: HistoryRecord | undefined;
}

/** `sorted` is in the order of `time`. Records about single events are skipped. */
export function channelStoriesOf(sorted: readonly HistoryRecord[]): Map<string, ChannelStory> {
  const stories = new Map<string, ChannelStory>();
  for (const record of sorted) {
    const story = stories.get(record.channel) ?? newStory();
    stories.set(record.channel, story);
    note(story, record);
  }
  return stories;
}

function newStory(): ChannelStory {
  return {
    ...{ purges: [], retriesNow: [], groups: new Map(), deletedAt: new Map(), lives: new Map() },
    missed: new Map(),
  };
}

function note(story: ChannelStory, record: HistoryRecord): void {
  const { operation, group, outcome, eventId } = record;
  if (operation === 'purge' && eventId === undefined) story.purges.push(record);
  else if (operation === 'retry-now') story.retriesNow.push(record);
  else if (operation === 'missed') listOf(story.missed, group).push(record);
  else if (operation === 'create-group' && outcome !== 'failed') {
    beginLife(story, group, createdBy(record, story.deletedAt.get(group)));
    story.missed.delete(group);
  } else if (operation === 'delete-group' && outcome !== 'failed') {
    const life = story.groups.get(group);
    // A group that is deleted twice was created between, by the call that overlapped the first deletion.
    if (!life || life.deleted) beginLife(story, group, life?.created);
    (story.groups.get(group) as GroupLife).deleted = record;
    story.deletedAt.set(group, record.time);
  }
}

/** Where the calls overlapped, the group may have been created before it was deleted. */
function createdBy(record: HistoryRecord, deletedAt = Number.NEGATIVE_INFINITY): HistoryRecord {
  return deletedAt > record.invoked ? { ...record, outcome: 'unknown' } : record;
}

function beginLife(
  { groups, lives }: ChannelStory,
  group: string | undefined,
  created: HistoryRecord | undefined,
): void {
  const life: GroupLife = { created, deleted: undefined };
  groups.set(group, life);
  listOf(lives, group).push(life);
}

function listOf<K, T>(lists: Map<K, T[]>, key: K): T[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

/** How many events these reports are about. */
export function countMissed(reports: readonly HistoryRecord[] = []): number {
  return reports.reduce((sum, { count = 0 }) => sum + count, 0);
}
