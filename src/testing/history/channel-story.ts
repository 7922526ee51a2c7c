import type { HistoryRecord } from './history-record.ts';

/** The records about one channel as a whole. Each list is in the order of `time`. */
export interface ChannelStory {
  readonly purges: HistoryRecord[];
  readonly retriesNow: HistoryRecord[];
  /** When each group was created and deleted. */
  readonly groups: Map<string | undefined, GroupLife>;
  /** The reports of missed events to each group since it was created last. */
  readonly missed: Map<string | undefined, HistoryRecord[]>;
}

export interface GroupLife {
  created: HistoryRecord | undefined;
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
  return { purges: [], retriesNow: [], groups: new Map(), missed: new Map() };
}

function note(story: ChannelStory, record: HistoryRecord): void {
  const { operation, group, outcome } = record;
  if (operation === 'purge') story.purges.push(record);
  else if (operation === 'retry-now') story.retriesNow.push(record);
  else if (operation === 'missed') listOf(story.missed, group).push(record);
  else if (operation === 'create-group' && outcome !== 'failed') {
    story.groups.set(group, { created: record, deleted: undefined });
    story.missed.delete(group);
  } else if (operation === 'delete-group' && outcome !== 'failed') {
    const life = story.groups.get(group) ?? { created: undefined, deleted: undefined };
    story.groups.set(group, { ...life, deleted: record });
  }
}

function listOf<K>(lists: Map<K, HistoryRecord[]>, key: K): HistoryRecord[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

/** How many events these reports are about. */
export function countMissed(reports: readonly HistoryRecord[] = []): number {
  return reports.reduce((sum, { count = 0 }) => sum + count, 0);
}
