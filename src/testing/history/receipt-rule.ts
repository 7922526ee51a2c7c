import type { Absences } from './absences.ts';
import type { EventStory, GroupStory } from './event-story.ts';
import type { HistoryReceipt, HistoryRecord } from './history-record.ts';
import type { HistoryViolation } from './history-violation.ts';

export interface ReceiptRuleOptions {
  readonly absences: Absences;
  readonly hasExactMembers: boolean;
  /** By context, when it ended. */
  readonly ends: ReadonlyMap<string, number>;
}

/** Reports receipts that contradict what their member did, each other, or the answer to the publisher. */
export function checkReceipts(
  story: EventStory,
  options: ReceiptRuleOptions,
  violations: HistoryViolation[],
): void {
  const { channel, eventId, confirmations } = story;
  for (const confirmation of confirmations) {
    const { receipts = [], isConfirmed, members } = confirmation;
    const contexts = new Set(receipts.map(({ context }) => context));
    const isAnsweredRightly =
      isConfirmed !== true || receipts.every(({ outcome }) => outcome === 'acknowledged');
    const records = [confirmation];
    if (
      !isAnsweredRightly ||
      contexts.size < receipts.length ||
      (members && receipts.some(({ context }) => !members.includes(context))) ||
      !receipts.every((receipt) => isTrue(receipt, confirmation, story, options))
    )
      violations.push({ rule: 'receipt-mismatch', channel, eventId, records });
    if (members?.some((member) => !contexts.has(member)))
      violations.push({ rule: 'receipt-missing', channel, eventId, records });
  }
}

function isTrue(
  { context, outcome }: HistoryReceipt,
  confirmation: HistoryRecord,
  { channel, groups }: EventStory,
  { absences, hasExactMembers, ends }: ReceiptRuleOptions,
): boolean {
  const { invoked, time, timeoutMs = 0 } = confirmation;
  if (outcome === 'timed-out')
    return time - invoked >= timeoutMs || (ends.get(confirmation.context) ?? time + 1) <= time;
  if (outcome === 'vanished')
    return !hasExactMembers || absences.includes(context, channel, invoked, time);
  return [...groups.values()].some((group) =>
    recordsOf(group, outcome).some(
      (record) =>
        record.context === context && record.outcome !== 'failed' && record.invoked <= time,
    ),
  );
}

function recordsOf(
  { settlements, endings }: GroupStory,
  outcome: 'acknowledged' | 'rejected',
): readonly HistoryRecord[] {
  if (outcome === 'acknowledged') return settlements.filter(({ operation }) => operation === 'ack');
  return [...settlements, ...endings].filter(
    ({ operation }) => operation === 'reject' || operation === 'dead-letter',
  );
}
