import { AcklineError } from 'ackline';
import type { RunCard } from '../card.ts';

export const title = 'Back-pressure';
export const lead = 'This channel takes at most three events that wait.';

export const run: RunCard = async (events, say) => {
  // #region shown
  for (const payload of [1, 2, 3, 4])
    await events.publish('reading', payload).catch((error: unknown) => {
      if (error instanceof AcklineError) say(`${payload} is refused: ${error.code}`);
    });
  // #endregion
};
