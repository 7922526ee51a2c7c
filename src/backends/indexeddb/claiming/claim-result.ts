import type { EventMessage } from '../../../core/message.ts';
import { earliest } from '../claims/takeover-time.ts';
import type { QueueView } from '../scanning/queue-snapshot.ts';
import type { Taking } from './commit-claim.ts';

/** What came of asking one queue for events. */
export type Claimed = Taking | NothingDue;

export interface NothingDue {
  readonly claim: null;
  readonly messages: readonly EventMessage[];
  /** When the next event is due, or free to be taken from its owner. */
  readonly nextDueAt: number | null;
  /** The look at the queue; absent where a scan of the whole database told. */
  readonly view?: QueueView;
}

const NEVER = Number.POSITIVE_INFINITY;

/** A look found nothing due; `abandonedAt`: when the first lease may be taken from its owner. */
export function nothingDueIn(view: QueueView, abandonedAt: number): NothingDue {
  const dueAt = earliest([view.nextReturnAt ?? NEVER, abandonedAt]);
  return { claim: null, messages: [], nextDueAt: dueAt === NEVER ? null : dueAt, view };
}
