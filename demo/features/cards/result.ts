import { publishAndWait } from 'ackline/results';
import type { RunCard } from '../card.ts';

export const title = 'The result';
export const lead = 'A publisher waits for what the consumer answers, in any tab.';

export const run: RunCard = async (events, say) => {
  // #region shown
  events.listen('booking', ({ ack }) => ack({ seat: '12A' }));
  const result = await publishAndWait(events, 'booking', 'window, please');
  if (result.state === 'acknowledged') say(`the seat is ${result.reply?.seat}`);
  // #endregion
};
