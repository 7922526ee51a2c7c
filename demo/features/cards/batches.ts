import { inBatches } from 'ackline/flow';
import type { RunCard } from '../card.ts';

export const title = 'Batches';
export const lead = 'One call of the handler for many events, each with its own outcome.';

export const run: RunCard = async (events, say) => {
  // #region shown
  const drafts = [1, 2, 3, 4, 5, 6, 7].map((payload) => ({ channel: 'sample' as const, payload }));
  await events.publishMany(drafts);
  const upload = inBatches<number>((batch) => say(batch.map(({ payload }) => payload).join(', ')), {
    size: 3,
    maxWaitMs: 1_000,
  });
  events.listen('sample', upload);
  // #endregion
};
