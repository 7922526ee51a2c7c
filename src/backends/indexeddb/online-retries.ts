import { codeOf } from '../../core/reports/errors.ts';
import type { HintNotifier } from './hints/hint-notifier.ts';
import type { IndexedDbStore } from './indexeddb-store.ts';
import { publicName } from './schema/groups-row.ts';

/**
 * Returns the reaction to the platform's `online` event: events that wait for the network become due, in each queue that a
 * consumer of this context waits for or has claimed from lately, one queue after the other. At most one run is in progress,
 * and an `online` event during a run causes one more run. Other contexts may do the same at the same time, because a row
 * that one of them has made due is not found by the next.
 */
export function onlineRetries(
  store: Pick<IndexedDbStore, 'claimers' | 'retryNow' | 'report'>,
  notifier: Pick<HintNotifier, 'notify'>,
): () => void {
  let isRunning = false;
  let isAsked = false;
  const retry = async (channel: string): Promise<void> => {
    try {
      if ((await store.retryNow(channel, 'offline')) > 0) notifier.notify([publicName(channel)]);
    } catch (error) {
      // The backend was shut down meanwhile.
      if (codeOf(error) === 'closed') return;
      store.report({ type: 'fault', during: 'resume', channel, error });
    }
  };
  const run = async (): Promise<void> => {
    isRunning = true;
    while (isAsked) {
      isAsked = false;
      for (const channel of store.claimers.queues()) await retry(channel);
    }
    isRunning = false;
  };
  return () => {
    isAsked = true;
    if (!isRunning) void run();
  };
}
