import type { KeptResult } from '../../../core/events/event-result.ts';
import type { NewEvent } from '../../../queue/event-store.ts';

/**
 * The result of an event with a retention. Key: [queue, eventId]. The commit that stores the event puts the row of a pending
 * result, and the change of the claim that ends the event replaces it. Both are blind writes. Rows whose time has passed are
 * found by the index `until`, which has no pending ones, and acknowledged events by the index `acknowledged`.
 */
export interface ResultRow {
  /** The version of the format, see `ROW_VERSION`. */
  readonly v: number;
  readonly queue: string;
  readonly eventId: string;
  readonly result: KeptResult;
  /** When the row may be deleted, in epoch milliseconds. Absent while the event is stored. */
  readonly until?: number;
  /** When the event was acknowledged. Absent in other rows, as is `event`. */
  readonly acknowledgedAt?: number;
  readonly event?: Pick<NewEvent, 'payload' | 'metadata' | 'createdAt' | 'redriven' | 'key'>;
}
