import {
  checkHistory,
  type HealedAt,
  type HistoryRecord,
  type HistoryViolation,
} from 'ackline/testing';
import { excuseCleared } from './excuse-cleared.ts';
import type { SimulationPlan } from './simulation-plan.ts';

/**
 * Checks the history of a simulation of a queue. `clearedAt`: when the data was deleted last. `healed`: when the faults ended, and
 * how long the contexts worked on then.
 *
 * Where clocks jump, another context may take a lease over that its owner has just got and still believes in. The token
 * makes what that owner does harmless, but the delivery is late: such deliveries are not counted.
 */
export function judgeQueue(
  { events }: SimulationPlan,
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
  return violations.filter(({ records: [before, after] }) => !isOlder(after?.lease, before?.lease));
}

function isOlder(lease: number | undefined, than: number | undefined): boolean {
  return lease !== undefined && than !== undefined && lease < than;
}
