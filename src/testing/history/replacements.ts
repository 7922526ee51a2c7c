import type { EventStory, GroupStory } from './event-story.ts';
import type { HistoryRecord } from './history-record.ts';

/** Which events newer ones of their keys may have replaced. A context that replaces one may end before it can report that. */
export class Replacements {
  /** The publishes that replace waiting events, by channel and key. */
  readonly #publishes = new Map<string, HistoryRecord[]>();

  constructor(stories: Iterable<EventStory>) {
    for (const { publishes } of stories)
      for (const publish of publishes) {
        if (!publish.replaces || publish.outcome === 'failed') continue;
        const line = this.#publishes.get(lineOf(publish));
        if (line) line.push(publish);
        else this.#publishes.set(lineOf(publish), [publish]);
      }
  }

  /**
   * An event that was delivered before the call of the other one began cannot have been replaced. A redriven event counts as
   * never delivered, so its deliveries before the redrive do not matter.
   */
  mayInclude(publish: HistoryRecord, group: GroupStory | undefined): boolean {
    if (publish.key === undefined) return false;
    const redrivenAt = Math.max(...(group?.redrives ?? []).map(({ time }) => time));
    const delivery = group?.deliveries.find(({ time }) => time > redrivenAt);
    const line = this.#publishes.get(lineOf(publish)) ?? [];
    return line.some(
      ({ eventId, time, invoked }) =>
        eventId !== publish.eventId &&
        time >= publish.invoked &&
        !(delivery && delivery.time < invoked),
    );
  }
}

function lineOf({ channel, key }: HistoryRecord): string {
  return JSON.stringify([channel, key]);
}
