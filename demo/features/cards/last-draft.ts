import type { RunCard } from '../card.ts';

export const title = 'Only the last draft';
export const lead = 'A new event takes the place of those of its key that still wait.';

export const run: RunCard = async (events, say) => {
  // #region shown
  for (const text of ['D', 'De', 'Dear Ada'])
    await events.publish('draft', text, null, { key: 'letter-1', replaces: 'waiting' });
  for (const { payload, ack } of await events.dequeueMany('draft', 10)) {
    say(`to be saved: “${payload}”`);
    await ack();
  }
  // #endregion
};
