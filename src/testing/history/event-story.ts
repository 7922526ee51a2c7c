import type { HistoryRecord } from './history-record.ts';

/** The records of one event and one group of consumers. Each list is in the order of `time`. */
export interface GroupStory {
  readonly group: string | undefined;
  readonly deliveries: HistoryRecord[];
  readonly settlements: HistoryRecord[];
  /** Records that account for the event at the end of the history. */
  readonly endings: HistoryRecord[];
  /** Those that may have taken effect. */
  readonly redrives: HistoryRecord[];
}

/** The records of one event. */
export interface EventStory {
  readonly eventId: string;
  readonly channel: string;
  readonly publishes: HistoryRecord[];
  readonly confirmations: HistoryRecord[];
  /** What contexts learnt about the end of the event. A group of which only that is known may never have had the event. */
  readonly results: HistoryRecord[];
  readonly groups: Map<string | undefined, GroupStory>;
}

/**
 * The accepted publish of an event. Another one of its id may have stored it before, without an answer: the interval from `invoked`
 * to `time` begins with the first that may have.
 */
export function storingPublish({ publishes }: EventStory): HistoryRecord | undefined {
  const accepted = publishes.find(({ outcome }) => outcome === 'ok');
  if (!accepted || publishes.length === 1) return accepted;
  const tried = publishes.filter(({ outcome }) => outcome !== 'failed');
  return { ...accepted, invoked: Math.min(...tried.map(({ invoked }) => invoked)) };
}

function groupStoryOf(story: EventStory, group: string | undefined): GroupStory {
  const known = story.groups.get(group);
  if (known) return known;
  const created: GroupStory = { group, deliveries: [], settlements: [], endings: [], redrives: [] };
  story.groups.set(group, created);
  return created;
}

/** Sorts the records by event and group. `sorted` is in the order of `time`. */
export function storiesOf(sorted: readonly HistoryRecord[]): Map<string, EventStory> {
  const stories = new Map<string, EventStory>();
  for (const record of sorted) {
    const { eventId, channel } = record;
    if (eventId === undefined) continue;
    const name = `${channel}\n${eventId}`;
    const story = stories.get(name) ?? newStory(eventId, channel);
    stories.set(name, story);
    listFor(story, record)?.push(record);
  }
  return stories;
}

function newStory(eventId: string, channel: string): EventStory {
  return {
    ...{ eventId, channel, publishes: [], confirmations: [], results: [] },
    groups: new Map<string | undefined, GroupStory>(),
  };
}

function listFor(story: EventStory, record: HistoryRecord): HistoryRecord[] | undefined {
  switch (record.operation) {
    case 'publish':
      return story.publishes;
    case 'confirm':
      return story.confirmations;
    case 'redrive':
      return record.outcome === 'failed' ? undefined : groupStoryOf(story, record.group).redrives;
    case 'deliver':
      return groupStoryOf(story, record.group).deliveries;
    case 'result':
      return story.results;
    case 'remain':
    case 'unreachable':
    case 'dead-letter':
    case 'cancel':
    case 'purge':
    case 'replace':
      return groupStoryOf(story, record.group).endings;
    default:
      return groupStoryOf(story, record.group).settlements;
  }
}
