import { createHash } from 'node:crypto';
import type { HistoryRecord, HistoryViolation } from 'ackline/testing';

export interface SimulationResult<Plan = unknown> {
  readonly seed: number;
  readonly plan: Plan;
  readonly records: readonly HistoryRecord[];
  /** The same for the same seed and code, on every machine. */
  readonly hash: string;
  readonly violations: readonly HistoryViolation[];
  /** Why the simulation did not come to its end; absent where it did. */
  readonly stuck?: string;
  readonly stepCount: number;
  readonly faultCounts: Readonly<Record<string, number>>;
}

export function hashOf(records: readonly HistoryRecord[]): string {
  return createHash('sha256').update(JSON.stringify(records)).digest('hex').slice(0, 16);
}
