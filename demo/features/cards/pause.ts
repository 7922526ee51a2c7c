import type { RunCard } from '../card.ts';

export const title = 'Pause';
export const lead = 'The listener says why it is paused. The events wait.';

export const run: RunCard = async (events, say) => {
  // #region shown
  const listener = events.listen('upload', ({ payload }) => say(`uploaded ${payload}`));
  listener.pause('the battery is low');
  await events.publish('upload', 'photo.jpg');
  say(`${listener.status}: ${listener.pauseReason}`);
  listener.resume();
  // #endregion
};
