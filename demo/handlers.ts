import type { Delivery } from 'ackline';
import { RejectError } from 'ackline';
import { pause } from './pause.ts';

export type Outcome = 'succeed' | 'fail' | 'hang' | 'reject';

/** How a consumer's handlers behave. Outcome and pace hold from the next delivery on. */
export interface HandlerSettings {
  readonly outcome: Outcome;
  readonly paceMs: number;
  readonly concurrency: number;
}

export const DEFAULT_HANDLERS: HandlerSettings = {
  outcome: 'succeed',
  paceMs: 1_500,
  concurrency: 1,
};

/** Does what a real handler might, by choice of the visitor. */
export async function handleDelivery(delivery: Delivery, settings: HandlerSettings): Promise<void> {
  const { outcome, paceMs } = settings;
  if (outcome === 'hang') return waitForAbort(delivery.signal);
  if (paceMs > 0) await pause(paceMs, delivery.signal);
  if (outcome === 'fail') throw new Error('this handler was told to fail');
  if (outcome === 'reject') throw new RejectError('this handler rejects everything');
}

/** A handler that ignored the signal too would keep its place in this tab for ever. */
function waitForAbort(signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
