import type { FullBackend } from './arrange.ts';
import type { ConformanceContext } from './conformance-case.ts';

const STEP_MS = 100;
const MOST_STEPS = 400;
const PASS_STEPS = 20;

/**
 * Lets time pass. `backend` is the one whose reads get time. It makes a call in each step, because its reads of a server take
 * real time, and the calls of another backend may be much faster.
 */
async function step({ runtime }: ConformanceContext, backend: FullBackend): Promise<void> {
  await runtime.advance(STEP_MS);
  await backend.dequeue('idle', 0);
}

/** Steps until `isDone`, and gives up in the end: the check of the case reports what never comes. */
export async function passUntil(
  context: ConformanceContext,
  backend: FullBackend,
  isDone: () => boolean,
): Promise<void> {
  for (let steps = 0; steps < MOST_STEPS && !isDone(); steps += 1) await step(context, backend);
}

/** For a check that nothing has changed. */
export async function pass(context: ConformanceContext, backend: FullBackend): Promise<void> {
  for (let steps = 0; steps < PASS_STEPS; steps += 1) await step(context, backend);
}
