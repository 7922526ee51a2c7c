import type { ChaosBatch, ChaosCommand } from './chaos-messages.ts';

const RETRY_MS = 100;

/**
 * Sends a batch until the runner answers that it has taken this batch. Any other answer says nothing about it: the answer to a
 * request that was cut off, or one of the browser's cache. `onStray` learns of those. `batch` is called for each attempt.
 */
export async function sendBatch(
  address: string,
  batch: () => ChaosBatch,
  onStray: () => void,
): Promise<ChaosCommand['mode']> {
  for (;;) {
    const sent = batch();
    try {
      const body = JSON.stringify(sent);
      const response = await fetch(address, { method: 'POST', body, cache: 'no-store' });
      const { mode, base, number }: ChaosCommand = await response.json();
      if (base === sent.base && number === sent.number) return mode;
      onStray();
    } catch {
      // The page entered the back/forward cache, or is about to end.
    }
    await pause(RETRY_MS);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
