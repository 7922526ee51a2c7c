import { type EventStory, type GroupStory, storingPublish } from './event-story.ts';
import type { HistoryRecord } from './history-record.ts';
import type { HistoryRule, HistoryViolation } from './history-violation.ts';
import type { Replacements } from './replacements.ts';

/**
 * Reports results that contradict what happened to the event, and results that had to be kept and were not. `groupsOf`: the groups
 * that certainly got an event.
 */
export function checkResults(
  story: EventStory,
  groupsOf: (publish: HistoryRecord) => readonly (string | undefined)[],
  replacements: Replacements,
  violations: HistoryViolation[],
): void {
  const { channel, eventId } = story;
  const publish = storingPublish(story);
  for (const told of story.results) {
    const { group: name, result } = told;
    const group = story.groups.get(name);
    const report = (rule: HistoryRule, ...others: readonly HistoryRecord[]) => {
      const named = name === undefined ? {} : { group: name };
      violations.push({ rule, channel, eventId, ...named, records: [...others, told] });
    };
    const mayBeReplaced = publish === undefined || replacements.mayInclude(publish, group);
    if (!isPossible(told, group, mayBeReplaced)) report('result-mismatch');
    const before = acceptedAck(group, told);
    if (result === 'unknown') {
      const isExpected = publish && groupsOf(publish).includes(name);
      const kept = isExpected && keptLonger(group, publish, told);
      if (kept) report('result-missing', kept);
    } else if (before && result !== 'acknowledged') report('result-mismatch', before);
  }
}

type Told = Pick<GroupStory, 'settlements' | 'endings'>;

const NOTHING: Told = { settlements: [], endings: [] };

/** Whether a call that may have had effect explains the result. An event may die by itself, and be pending at any time. */
function isPossible(
  { result, digest, time }: HistoryRecord,
  { settlements, endings }: Told = NOTHING,
  mayBeReplaced: boolean,
): boolean {
  const mayHave = ({ outcome, invoked }: HistoryRecord) => outcome !== 'failed' && invoked <= time;
  if (result === 'acknowledged')
    return settlements.some(
      (record) =>
        record.operation === 'ack' &&
        mayHave(record) &&
        (digest === undefined || record.digest === digest),
    );
  const isCancel = ({ operation }: HistoryRecord) =>
    operation === 'cancel' || operation === 'replace';
  if (result !== 'cancelled') return true;
  return mayBeReplaced || endings.some((record) => isCancel(record) && mayHave(record));
}

/** An accepted ack that ended before the context asked. */
function acceptedAck(
  { settlements }: Told = NOTHING,
  { invoked }: HistoryRecord,
): HistoryRecord | undefined {
  return settlements.find(
    ({ operation, outcome, time }) => operation === 'ack' && outcome === 'ok' && time < invoked,
  );
}

/** The record by which the result had to be there until the context had asked. */
function keptLonger(
  { settlements }: Told = NOTHING,
  publish: HistoryRecord,
  { invoked, time }: HistoryRecord,
): HistoryRecord | undefined {
  if (publish.time >= invoked) return undefined;
  const acks = settlements.filter(
    (record) => record.operation === 'ack' && record.outcome === 'ok' && record.time < invoked,
  );
  return [publish, ...acks].find(({ keptUntil = 0 }) => keptUntil > time);
}
