import type { RunCard } from '../card.ts';

export const title = 'One after another';
export const lead = 'The second event waits for the first, and gets its result.';

export const run: RunCard = async (events, say) => {
  // #region shown
  const created = await events.publish('sync', 'create', null, { retentionMs: 60_000 });
  await events.publish('sync', 'rename', null, { after: created });
  events.listen('sync', async ({ payload, after, ack }) => {
    if (payload === 'create') await ack({ serverId: 17 });
    else if (after?.state === 'acknowledged') say(`rename number ${after.reply?.serverId}`);
  });
  // #endregion
};
