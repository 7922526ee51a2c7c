import type { HistoryRecord } from './history-record.ts';

/** The records about one channel as a whole. Each list is in the order of `time`. */
export interface ChannelStory {
  readonly purges: HistoryRecord[];
  readonly retriesNow: HistoryRecord[];
  /** When each group was created and deleted. */
  readonly groups: Map<string | undefined, GroupLife>;
  /** How many events were reported as missed to each group. */
  readonly missed: Map<string | undefined, number>;
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
  const { operation, group, outcome, count = 0 } = record;
  if (operation === 'purge') story.purges.push(record);
  else if (operation === 'retry-now') story.retriesNow.push(record);
  else if (operation === 'missed') story.missed.set(group, (story.missed.get(group) ?? 0) + count);
  else if (operation === 'create-group' && outcome !== 'failed')
    story.groups.set(group, { created: record, deleted: undefined });
  else if (operation === 'delete-group' && outcome !== 'failed') {
    const life = story.groups.get(group) ?? { created: undefined, deleted: undefined };
    story.groups.set(group, { ...life, deleted: record });
  }
}
