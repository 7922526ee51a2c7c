import type { AsyncEventBackend } from 'ackline';
import { queueName } from '../../src/core/options/queue-name.ts';
import { noteDeadLetters, queuesOf, releaseKeys } from './drain.ts';
import type { HistoryRecorder } from './history-recorder.ts';
import type { SimulatedContext } from './simulated-context.ts';
import type { SimulationPlan } from './simulation-plan.ts';

const LOOK_MS = 250;

/** By this time after the end of all faults, everything that was published before must be done. */
export function longestWorkMs({ maxHoldMs, pollIntervalMs }: SimulationPlan): number {
  return 2 * maxHoldMs + 4 * pollIntervalMs + 8_000;
}

/** Lets the contexts work until no event waits any more, at most until `until`. Releases blocked keys, and records what is dead then. */
export async function finishWork(
  context: SimulatedContext,
  backend: AsyncEventBackend,
  { channels }: SimulationPlan,
  recorder: HistoryRecorder,
  until: number,
): Promise<void> {
  let isDone = false;
  while (!isDone && context.world.time < until) {
    await context.sleep(LOOK_MS);
    // A call from before the faults ended may still delete a group.
    isDone = await isEmpty(backend, channels).catch(isGroupGone);
  }
  // An answer to the last acknowledgement may still be on its way.
  await context.sleep(LOOK_MS);
  await noteDeadLetters(context, backend, await queuesOf(backend, channels), recorder);
  await backend.shutdown();
}

/** Whether no event of any queue waits or is leased. Releases blocked keys. */
async function isEmpty(backend: AsyncEventBackend, channels: readonly string[]): Promise<boolean> {
  let left = 0;
  for (const queue of await queuesOf(backend, channels)) {
    await releaseKeys(backend, queue);
    const stats = await backend.stats?.(queueName(queue));
    if (stats) left += stats.ready + stats.leased + stats.scheduled;
  }
  return left === 0;
}

function isGroupGone(error: unknown): boolean {
  if ((error as { readonly code?: unknown }).code !== 'no-group') throw error;
  return false;
}
