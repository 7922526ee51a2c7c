import type { Random } from './random.ts';
import type { SimulatedContext } from './simulated-context.ts';
import type { SimulationPlan } from './simulation-plan.ts';

/**
 * What happens to a call.
 *
 * - `quota`, `unknown`, `abort`: it fails with that error. A commit fails after every request has succeeded.
 * - `answer-lost`: it commits, and its context gets an abort.
 * - `invalid-state`: the connection is lost before the transaction begins.
 * - `close`: the browser closes the connection, with all of its transactions.
 * - `hang`: an opening never ends; storage does nothing else for ten seconds.
 * - `crash-before`, `crash-after`: the context ends.
 */
export type StorageFault =
  | 'quota'
  | 'unknown'
  | 'abort'
  | 'answer-lost'
  | 'invalid-state'
  | 'close'
  | 'hang'
  | 'crash-before'
  | 'crash-after';

/** Where a fault can happen: an opening, the begin of a transaction, each request of it, and its commit. */
export type StorageCall = 'open' | 'begin' | 'request' | 'commit';

/** Decides by call whether a fault happens. */
export type ChooseFault = (
  call: StorageCall,
  context: SimulatedContext,
) => StorageFault | undefined;

const FAULTS_OF: Readonly<Record<StorageCall, readonly StorageFault[]>> = {
  open: ['hang'],
  begin: ['invalid-state', 'close', 'crash-before'],
  request: [],
  commit: ['quota', 'unknown', 'answer-lost', 'crash-after'],
};

/** Draws a fault by the shares of the plan. */
export function plannedFault(
  { storage }: SimulationPlan,
  call: StorageCall,
  random: Random,
): StorageFault | undefined {
  return FAULTS_OF[call].find((fault) => {
    const share = storage[fault];
    return share !== undefined && random.chance(share);
  });
}
