import { createGroup, groupStats } from 'ackline/groups';
import type { RunCard } from '../card.ts';

export const title = 'Groups';
export const lead = 'Each group gets every event. One may fall behind, and nothing is lost.';

export const run: RunCard = async (events, say) => {
  // #region shown
  await createGroup(events, 'sale', 'search', { plainQueue: false });
  await createGroup(events, 'sale', 'mail');
  events.listen('sale', ({ payload }) => say(`search has ${payload}`), { group: 'search' });
  await events.publish('sale', 'tea');
  await events.drain();
  const { slowest } = await groupStats(events, 'sale');
  say(`${slowest?.group} is behind by ${slowest?.waiting}`);
  // #endregion
};
