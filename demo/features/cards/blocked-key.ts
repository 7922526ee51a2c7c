import type { RunCard } from '../card.ts';

export const title = 'A blocked key';
export const lead = 'A dead letter holds its key until a person has looked.';

export const run: RunCard = async (events, say) => {
  // #region shown
  await events.publish('payment', 'pay', null, { key: 'Ada', onDeadLetter: 'block' });
  await events.publish('payment', 'send', null, { key: 'Ada' });
  events.listen('payment', ({ payload, reject }) =>
    payload === 'pay' ? reject('no money') : say(`${payload} goes on`),
  );
  await events.drain();
  say(`blocked: ${await events.blockedKeys('payment')}`);
  await events.releaseKey('payment', 'Ada');
  // #endregion
};
