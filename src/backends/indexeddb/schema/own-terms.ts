import type { EventResult } from '../../../core/events/event-result.ts';
import type { OnDeadLetter } from '../../../core/events/message.ts';

/** What makes an event wait in a row of its own. */
export interface OwnTerms {
  readonly delayMs?: number;
  readonly availableAt?: number;
  readonly priority?: number;
  readonly after?: EventResult;
  /** Only with `after`. */
  readonly onDeadLetter?: OnDeadLetter;
}
