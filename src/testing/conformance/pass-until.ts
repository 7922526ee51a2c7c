import type { FullBackend } from './arrange.ts';
import type { ConformanceContext } from './conformance-case.ts';

/** Steps of this length are enough for what waits for the clock. */
const STEP_MS = 100;
const STEPS = 100;
/** What has not come by then waits for a server. It may be opening a connection, while the calls of the steps use others. */
const SHORT_STEP_MS = 10;
const SHORT_STEPS = 2_000;
const PASS_STEPS = 20;

/** Longer than {@link pass} and {@link passUntil} together: for a lease, a delay or a timeout that must not end meanwhile. */
export const LASTING_MS = 60_000;

/**
 * Lets time pass. `backend` is the one whose reads get time. It makes a call in each step, because its reads of a server take
 * real time, and the calls of another backend may be much faster.
 */
async function step(
  { runtime }: ConformanceContext,
  backend: FullBackend,
  ms: number,
): Promise<void> {
  await runtime.advance(ms);
  await backend.dequeue('idle', 0);
}

/**
 * Steps until `isDone`, and gives up after half a minute of the clock: the check of the case reports what never comes.
 */
export async function passUntil(
  context: ConformanceContext,
  backend: FullBackend,
  isDone: () => boolean,
): Promise<void> {
  for (let steps = 0; steps < STEPS + SHORT_STEPS && !isDone(); steps += 1)
    await step(context, backend, steps < STEPS ? STEP_MS : SHORT_STEP_MS);
}

/** For a check that nothing has changed. */
export async function pass(context: ConformanceContext, backend: FullBackend): Promise<void> {
  for (let steps = 0; steps < PASS_STEPS; steps += 1) await step(context, backend, STEP_MS);
}
