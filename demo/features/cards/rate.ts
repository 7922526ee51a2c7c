import { atRate } from 'ackline/flow';
import type { RunCard } from '../card.ts';

export const title = 'A rate';
export const lead = 'A server that takes two requests a second gets two.';

export const run: RunCard = async (events, say) => {
  // #region shown
  const send = ({ payload }: { payload: number }) => say(`request ${payload}`);
  events.listen('request', atRate(send, { limit: 2, perMs: 1_000 }), { concurrency: 4 });
  for (const payload of [1, 2, 3, 4]) await events.publish('request', payload);
  // #endregion
};
