import { earliest } from '../../../core/earliest.ts';
import type { EventMessage } from '../../../core/message.ts';
import type { QueueSnapshot } from '../scanning/queue-snapshot.ts';
import type { PreparedClaim } from './commit-claim.ts';

/** What came of asking one queue for events. */
export type ClaimResult = PreparedClaim | NothingDue;

export interface NothingDue {
  readonly claim: null;
  readonly messages: readonly EventMessage[];
  /** When the next event is due, or free to be taken from its owner. */
  readonly nextDueAt: number | null;
  /** The look at the queue; absent where a scan of the whole database told. */
  readonly snapshot?: QueueSnapshot;
}

const NEVER = Number.POSITIVE_INFINITY;

/** A look found nothing due; `takeoverAt`: when the first lease may be taken from its owner. */
export function nothingDueIn(snapshot: QueueSnapshot, takeoverAt: number): NothingDue {
  const dueAt = earliest([snapshot.nextReturnAt ?? NEVER, takeoverAt]);
  return { claim: null, messages: [], nextDueAt: dueAt === NEVER ? null : dueAt, snapshot };
}
