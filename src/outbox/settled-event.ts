import type { DeadReason } from '../core/events/death-reason.ts';
import type { Metadata } from '../core/events/message.ts';

/** How an event of an outbox ended. */
export interface SettledEvent<Payload = unknown> {
  readonly eventId: string;
  readonly payload: Payload;
  readonly metadata: Metadata | null;
  /** `done`: the server has it. Otherwise it is a dead letter for this reason. */
  readonly result: 'done' | DeadReason;
  /** The note of the dead letter, such as the status and the answer of the server. Null for `done`. */
  readonly note: string | null;
}

/** The channel in which the outcomes of the events of `channel` wait. */
export function settledChannel(channel: string): string {
  return `${channel}.settled`;
}

/** The id of an outcome: a second one of the same event stores nothing within this time, 30 days. */
export const SETTLED_WINDOW_MS = 2_592_000_000;
