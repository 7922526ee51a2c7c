import type { BrowsedEvent } from '../core/browsed-page.ts';
import type { DeadLetter } from '../core/message.ts';

/** A dead letter as `browse` shows it. */
export function browsedLetter(letter: DeadLetter, withPayload: boolean): BrowsedEvent {
  const { payload, cursor, ...shown } = letter;
  return { ...shown, state: 'dead', ...(withPayload && { payload }) };
}
