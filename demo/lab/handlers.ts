import type { Delivery } from 'ackline';
import { RejectError } from 'ackline';
import { pause } from './pause.ts';

export type Outcome = 'succeed' | 'fail' | 'hang' | 'reject';

/** How the handlers of a consumer behave. Outcome and pace apply from the next delivery on. */
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

/** Behaves like a real handler, as the visitor chose. */
export async function handleDelivery(delivery: Delivery, settings: HandlerSettings): Promise<void> {
  const { outcome, paceMs } = settings;
  if (outcome === 'hang') return waitForAbort(delivery.signal);
  if (paceMs > 0) await pause(paceMs, delivery.signal);
  if (outcome === 'fail') throw new Error('this handler is set to fail');
  if (outcome === 'reject') throw new RejectError('this handler rejects everything');
}

/** A handler that also ignored the signal would keep its slot in this tab for ever. */
function waitForAbort(signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
