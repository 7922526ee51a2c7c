import { Absences } from './absences.ts';
import { channelStoriesOf } from './channel-story.ts';
import { checkDeliveries } from './delivery-rules.ts';
import { checkDependencies } from './dependency-rule.ts';
import { storiesOf } from './event-story.ts';
import { checkGroupLives } from './group-rule.ts';
import type { HistoryOperation, HistoryRecord } from './history-record.ts';
import type { HistoryViolation } from './history-violation.ts';
import { checkLosses, expectedGroups } from './loss-rule.ts';
import { checkMissed } from './missed-rule.ts';
import { checkChannelOrder, checkKeyOrder } from './order-rules.ts';
import { checkReceipts } from './receipt-rule.ts';
import { Replacements } from './replacements.ts';
import { checkResults } from './result-rule.ts';

export interface CheckHistoryOptions {
  /**
   * Whether the history continues until all faults have ended and all channels were drained, with a `remain` or `dead-letter`
   * record for each event that is still stored. Default true. With false no event counts as lost.
   */
  readonly isComplete?: boolean;
  /**
   * Channels in which a consumer must get the first deliveries of one publisher's events in the order of publishing;
   * default none. Several consumers that share a channel, and delays, do not keep that order.
   */
  readonly orderedChannels?: Iterable<string>;
  /**
   * Whether publishers know at each moment which members exist, as with Web Locks; default false. With true a receipt
   * `vanished` needs a member that was frozen, left or ended while the publisher waited.
   */
  readonly hasExactMembers?: boolean;
  /**
   * Whether a group gets only the events that are published while it exists, as a group of `createGroup` does; default false.
   * A member of a broadcast may get a history that is older.
   */
  readonly groupsStartEmpty?: boolean;
  /** When all faults were healed, by the clock of the history, and in which time everything must be done then. */
  readonly healed?: HealedAt | undefined;
}

/** From `at` on nothing fails any more. What was accepted before must be acknowledged or dead `withinMs` later. */
export interface HealedAt {
  readonly at: number;
  readonly withinMs: number;
}

/**
 * Compares the calls of contexts with the promises of the library. Returns the violations. An empty array means that the
 * history is sound.
 *
 * Takes time and memory in proportion to the number of records (a million take some seconds), in any order.
 * A call that was under way when its context ended is recorded with `outcome: 'unknown'`.
 *
 * @example
 * const base = { context: 'tab', channel: 'mail', eventId: 'e1', outcome: 'ok' } as const;
 * checkHistory([
 *   { ...base, operation: 'publish', invoked: 1, time: 2 },
 *   { ...base, operation: 'deliver', invoked: 3, time: 4, lease: 1, attempts: 1 },
 * ]); // [{ rule: 'lost', channel: 'mail', eventId: 'e1', … }]
 *
 * @see The checkers of Jepsen, which work on histories of this kind: https://jepsen.io/analyses
 */
export function checkHistory(
  records: readonly HistoryRecord[],
  {
    isComplete = true,
    orderedChannels = [],
    hasExactMembers = false,
    groupsStartEmpty = false,
    healed,
  }: CheckHistoryOptions = {},
): HistoryViolation[] {
  const sorted = [...records].sort(compareRecords);
  const stories = storiesOf(sorted);
  const channels = channelStoriesOf(sorted);
  const ends = endsOf(sorted);
  const receiptOptions = { absences: new Absences(sorted), hasExactMembers, ends };
  const replacements = new Replacements(stories.values());
  const violations: HistoryViolation[] = [];
  for (const story of stories.values()) {
    const channel = channels.get(story.channel);
    checkDeliveries(story, channel, ends, violations);
    checkReceipts(story, receiptOptions, violations);
    checkResults(
      story,
      (publish) => (channel ? expectedGroups(channel, publish) : []),
      replacements,
      violations,
    );
  }
  if (groupsStartEmpty) checkGroupLives(stories.values(), channels, violations);
  if (isComplete) checkLosses(stories.values(), channels, violations);
  if (healed) checkLateness(sorted, healed, violations);
  checkMissed(stories.values(), channels, violations);
  checkKeyOrder(stories.values(), channels, violations);
  checkDependencies(stories, violations);
  checkChannelOrder(sorted, new Set(orderedChannels), violations);
  return violations;
}

/** Calls that decide which events a queue must get. Where the answer comes too late, the effect may have come in time. */
const UNDER_WAY: ReadonlySet<HistoryOperation> = new Set([
  'publish',
  'purge',
  'create-group',
  'delete-group',
]);

/** Reports what was accepted before everything was healed and is not done in time: what would be lost if all ended then. */
function checkLateness(
  sorted: readonly HistoryRecord[],
  { at, withinMs }: HealedAt,
  violations: HistoryViolation[],
): void {
  const inTime = sorted.flatMap((record) => {
    const { operation, outcome, invoked, time } = record;
    const end = operation === 'publish' ? at : at + withinMs;
    if (time <= end) return [record];
    const mayHaveBeenDone = outcome === 'ok' && invoked <= end && UNDER_WAY.has(operation);
    return mayHaveBeenDone ? [{ ...record, outcome: 'unknown' as const }] : [];
  });
  const late: HistoryViolation[] = [];
  checkLosses(storiesOf(inTime).values(), channelStoriesOf(inTime), late);
  for (const violation of late) violations.push({ ...violation, rule: 'late' });
}

/** Records of the same time are in the order of their fencing tokens. */
function compareRecords(a: HistoryRecord, b: HistoryRecord): number {
  return a.time - b.time || (a.lease ?? 0) - (b.lease ?? 0) || a.invoked - b.invoked;
}

/** The end of each context. */
function endsOf(sorted: readonly HistoryRecord[]): Map<string, number> {
  const ends = new Map<string, number>();
  for (const { operation, context, invoked } of sorted)
    if (operation === 'end' && !ends.has(context)) ends.set(context, invoked);
  return ends;
}
