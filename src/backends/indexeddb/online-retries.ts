import { codeOf } from '../../core/errors.ts';
import type { HintNotifier } from './hints/hint-notifier.ts';
import type { IndexedDbStore } from './indexeddb-store.ts';

/**
 * What a context does at the platform's `online` event: what waits for the network becomes due, in every queue that a
 * consumer here waits for or has claimed from lately, one queue after the other. An `online` event during a run begins
 * one more run after it, so that at most one is in progress. Other contexts may do the same at the same time: a row that
 * one of them has made due is not found by the next.
 */
export function onlineRetries(
  store: Pick<IndexedDbStore, 'claimers' | 'retryNow' | 'report'>,
  notifier: Pick<HintNotifier, 'notify'>,
): () => void {
  let isRunning = false;
  let isAsked = false;
  const retry = async (channel: string): Promise<void> => {
    try {
      if ((await store.retryNow(channel, 'offline')) > 0) notifier.notify([channel]);
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
