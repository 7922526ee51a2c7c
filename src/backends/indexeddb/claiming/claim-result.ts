import { earliest } from '../../../core/earliest.ts';
import type { QueueSnapshot } from '../scanning/queue-snapshot.ts';
import type { PreparedClaim } from './commit-claim.ts';

/** The result of a claim from one queue. */
export type ClaimResult = PreparedClaim | NothingDue;

export interface NothingDue {
  /** When the next event is due, or its lease may be taken over. Null: never. */
  readonly nextDueAt: number | null;
  /** What the scan of the queue found. Absent where a scan of the whole database answered. */
  readonly snapshot?: QueueSnapshot;
}

const NEVER = Number.POSITIVE_INFINITY;

/** A scan found nothing due. `takeoverAt`: when the first lease may be taken over. */
export function nothingDueIn(snapshot: QueueSnapshot, takeoverAt: number): NothingDue {
  const dueAt = earliest([snapshot.nextReturnAt ?? NEVER, takeoverAt]);
  return { nextDueAt: dueAt === NEVER ? null : dueAt, snapshot };
}
