import type { ChaosLedger } from './chaos-ledger.ts';
import type { TabSlot } from './tab-slot.ts';

/** A page that has consumed nothing for this long may be hit by faults, too. */
const MAX_START_MS = 10_000;

/**
 * Whether a fault may hit the page: it has consumed before, or has had its time to. If all pages ended while they load, nothing
 * would be consumed at all, however slow the machine is.
 */
export function isReady({ state, name, since }: TabSlot, ledger: ChaosLedger): boolean {
  if (state !== 'open') return false;
  return ledger.consumedAt(name) > since || Date.now() - since > MAX_START_MS;
}
