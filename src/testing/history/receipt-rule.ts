import type { EventStory, GroupStory } from './event-story.ts';
import type { HistoryReceipt, HistoryRecord } from './history-record.ts';
import type { HistoryViolation } from './history-violation.ts';

const VERBS = { acknowledged: 'ack', rejected: 'reject' } as const;

/** Reports receipts for an ack or reject that the member had not requested by then. */
export function checkReceipts(story: EventStory, violations: HistoryViolation[]): void {
  const { channel, eventId, confirmations } = story;
  for (const confirmation of confirmations)
    for (const receipt of confirmation.receipts ?? [])
      if (!isTrue(receipt, confirmation, story.groups.values()))
        violations.push({ rule: 'receipt-mismatch', channel, eventId, records: [confirmation] });
}

function isTrue(
  { context, outcome }: HistoryReceipt,
  confirmation: HistoryRecord,
  groups: Iterable<GroupStory>,
): boolean {
  if (outcome === 'vanished' || outcome === 'timed-out') return true;
  const verb = VERBS[outcome];
  return [...groups].some(({ settlements }) =>
    settlements.some(
      (settlement) =>
        settlement.context === context &&
        settlement.operation === verb &&
        settlement.outcome !== 'failed' &&
        settlement.invoked <= confirmation.time,
    ),
  );
}
