import { type RetryNowOptions, retryReasonOf } from '../core/options/retry-now-options.ts';
import type { EventStore } from './event-store.ts';
import type { Notifier } from './notifier.ts';

/** Makes the events of `store` due that wait after a delivery, and wakes consumers. Resolves with the number of events. */
export async function retryNow(
  store: EventStore,
  notifier: Notifier,
  channel: string,
  options: RetryNowOptions | undefined,
): Promise<number> {
  const count = (await store.retryNow?.(channel, retryReasonOf(options))) ?? 0;
  if (count > 0) notifier.notify([channel]);
  return count;
}
