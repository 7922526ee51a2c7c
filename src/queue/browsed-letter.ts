import type { DeadLetter } from '../core/events/message.ts';
import type { BrowsedEvent } from '../core/protocols/browsed-page.ts';

/** A dead letter as `browse` shows it. */
export function browsedLetter(letter: DeadLetter, withPayload: boolean): BrowsedEvent {
  const { payload, cursor, ...shown } = letter;
  return { ...shown, state: 'dead', ...(withPayload && { payload }) };
}
