import { RetryError } from 'ackline';
import type { RunCard } from '../card.ts';

export const title = 'In order, by key';
export const lead = 'A retry holds back its own key. The others go on.';

export const run: RunCard = async (events, say) => {
  // #region shown
  await events.publish('change', 'Ada, 1', null, { key: 'Ada' });
  await events.publish('change', 'Ada, 2', null, { key: 'Ada' });
  await events.publish('change', 'Bob, 1', null, { key: 'Bob' });
  events.listen('change', ({ payload, attempts }) => {
    say(`${payload}, attempt ${attempts}`);
    if (payload === 'Ada, 1' && attempts === 1) throw new RetryError(1_000);
  });
  // #endregion
};
