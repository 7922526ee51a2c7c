import type { RunCard } from '../card.ts';

export const title = 'Publish once';
export const lead = 'A second click, a second tab, a retry: the same id stores one event.';

export const run: RunCard = async (events, say) => {
  const id = `cart-${Date.now()}`;
  // #region shown
  await events.publish('order', 'tea', null, { id });
  await events.publish('order', 'tea', null, { id });
  const { ready } = await events.stats('order');
  say(`published twice, stored: ${ready}`);
  // #endregion
};
