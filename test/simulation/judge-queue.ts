import {
  checkHistory,
  type HealedAt,
  type HistoryOperation,
  type HistoryRecord,
  type HistoryRule,
  type HistoryViolation,
} from 'ackline/testing';
import { excuseCleared } from './excuse-cleared.ts';
import type { SimulationPlan } from './simulation-plan.ts';

/** Deliveries after a call that has no token. */
const AFTER_END: readonly HistoryRule[] = [
  'delivered-after-cancel',
  'returned-after-purge',
  'outside-group',
];

const SETTLEMENTS: readonly HistoryOperation[] = ['ack', 'nack', 'reject', 'extend'];

/**
 * Checks the history of a simulation of a queue. `clearedAt`: when the data was deleted last. `healed`: when the faults ended, and
 * how long the contexts worked on then.
 *
 * Where clocks jump, another context may take a lease over that its owner has just got and still believes in. The token
 * makes what that owner does harmless, but the delivery is late: such deliveries are not counted.
 */
export function judgeQueue(
  { events }: Pick<SimulationPlan, 'events'>,
  records: readonly HistoryRecord[],
  clearedAt: number,
  healed?: HealedAt,
): HistoryViolation[] {
  const judged = excuseCleared(records, clearedAt);
  // A purge without an answer may take effect at any time, also while the contexts finish their work.
  const isOpen = judged.some(
    ({ operation, time }) => operation === 'purge' && time === Number.POSITIVE_INFINITY,
  );
  const violations = checkHistory(judged, {
    ...{ groupsStartEmpty: true, healed: isOpen ? undefined : healed },
  });
  if (!events.includes('jump')) return violations;
  return violations.filter((violation) => !isLateOnly(violation, judged));
}

/** Whether the delivery has an older token than the call before it, or one with which no settlement was accepted. */
function isLateOnly(
  { rule, records }: HistoryViolation,
  judged: readonly HistoryRecord[],
): boolean {
  const [before, next] = records;
  if (isOlder(next?.lease, before?.lease)) return true;
  const after = records.at(-1);
  if (!AFTER_END.includes(rule) || after?.operation !== 'deliver') return false;
  if (rule === 'outside-group' && !judged.some((record) => hasDeletedGroupOf(after, record)))
    return false;
  return !judged.some((record) => isAcceptedFor(after, record));
}

/** Whether the group of the delivery was deleted before, and not only created after the event. */
function hasDeletedGroupOf(
  delivery: HistoryRecord,
  { operation, outcome, channel, group, time }: HistoryRecord,
): boolean {
  const isDeletion = operation === 'delete-group' && outcome === 'ok' && time < delivery.invoked;
  return isDeletion && channel === delivery.channel && group === delivery.group;
}

function isOlder(lease: number | undefined, than: number | undefined): boolean {
  return lease !== undefined && than !== undefined && lease < than;
}

/** Whether a settlement of the delivery was accepted. */
function isAcceptedFor(
  { channel, group, eventId, lease }: HistoryRecord,
  { operation, outcome, ...record }: HistoryRecord,
): boolean {
  const isSame = record.channel === channel && record.group === group && record.lease === lease;
  const isAccepted = outcome === 'ok' && SETTLEMENTS.includes(operation);
  return isSame && isAccepted && record.eventId === eventId;
}
