import { earliest } from '../../../core/runtime/earliest.ts';
import type { QueueSnapshot } from '../scanning/queue-snapshot.ts';
import type { PreparedClaim } from './commit-claim.ts';

/** The result of a claim from one queue. */
export type ClaimResult = PreparedClaim | NothingDue;

export interface NothingDue {
  /** When the next event is due, or its lease may be taken over. Null if there is none. */
  readonly nextDueAt: number | null;
  /** The result of the scan of the queue. Absent if a scan of the whole database answered. */
  readonly snapshot?: QueueSnapshot;
}

const NEVER = Number.POSITIVE_INFINITY;

/** How long a consumer waits for an event that may hold others back and whose end adds no row, see let-go.ts. */
const UNSURE_MS = 1_000;

/** A scan found nothing due. `takeoverAt`: when the first lease may be taken over. */
export function nothingDueIn(snapshot: QueueSnapshot, takeoverAt: number): NothingDue {
  const unsureAt = snapshot.ended ? snapshot.stamp.at + UNSURE_MS : NEVER;
  const dueAt = earliest([snapshot.nextReturnAt ?? NEVER, takeoverAt, unsureAt]);
  return { nextDueAt: dueAt === NEVER ? null : dueAt, snapshot };
}
