import type { EventResult } from '../../../core/events/event-result.ts';
import type { Metadata, Redriven } from '../../../core/events/message.ts';
import type { OwnTerms } from './own-terms.ts';
import type { Versioned } from './row-version.ts';

/** All events of one commit for one queue. Key: `seq`, from the key generator, so that key order is commit order. */
export interface SegmentRow extends Versioned {
  /** Absent until the key generator has set it. */
  readonly seq?: number;
  readonly queue: string;
  readonly ids: readonly string[];
  readonly payloads: readonly unknown[];
  /** Absent if every event has none. */
  readonly metadata?: readonly (Metadata | null)[];
  readonly createdAt: readonly number[];
  /** Estimated size of all payloads and metadata. */
  readonly bytes: number;
  /** Delay of each event in milliseconds, -1 for an event without one. Absent if no event has one. */
  readonly delays?: readonly number[];
  /** Time to live of each event in milliseconds, -1 for an event without one. Absent if no event has one. */
  readonly ttls?: readonly number[];
  /** Retention of each event in milliseconds, -1 for an event without one. Absent if no event has one. */
  readonly retentions?: readonly number[];
  /** Key of each event, null for an event without one. Absent if no event has one. */
  readonly keys?: readonly (string | null)[];
  /** Whether each event blocks its key when it dies. Absent if no event does. */
  readonly blocks?: readonly boolean[];
  /** Absent if no event was redriven. */
  readonly redriven?: readonly (Redriven | null)[];
  /** Only in a channel with groups, until the events are copied: they have a delay, a due time or a priority. */
  readonly own?: readonly OwnTerms[];
  /** Only with `own`: the queues that get the events, where the plain queue has them already. */
  readonly onlyTo?: readonly string[];
}

/** One event that was published with a delay, or for a later time. Key: `id`. */
export interface DelayedPayloadRow extends Versioned {
  readonly id: string;
  /** The id of the event. Absent if it is `id`. Two events may have one id that callers chose. */
  readonly eventId?: string;
  readonly queue: string;
  readonly payload: unknown;
  readonly metadata: Metadata | null;
  readonly createdAt: number;
  /** -1 for an event without a delay. */
  readonly delayMs: number;
  /** Absent if the event has no time to live. */
  readonly ttlMs?: number;
  /** Absent if the event has no retention. */
  readonly retentionMs?: number;
  /** Absent if the event has no key. */
  readonly key?: string;
  /** Present for `onDeadLetter: 'block'`. */
  readonly blocks?: true;
  /** Pending while the event is held back, and then the result of the one that it waited for. Absent if it waits for none. */
  readonly after?: EventResult;
  /** Absent if the event has no priority. */
  readonly priority?: number;
  /** Absent if the event was not redriven. */
  readonly redriven?: Redriven;
  /** The position of the event, see {@link WaitingRow}. Absent if it has no key. */
  readonly seq?: number;
}
