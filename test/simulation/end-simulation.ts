import type { AsyncEventBackend } from 'ackline';
import { drain } from './drain.ts';
import type { HistoryRecorder } from './history-recorder.ts';
import type { SimulatedClient } from './simulated-client.ts';
import { longestHandlerMs } from './simulated-consumer.ts';
import { SimulatedContext } from './simulated-context.ts';
import type { SimulationPlan } from './simulation-plan.ts';
import { MOST_STEPS, type World } from './world.ts';

export interface EndedSimulation {
  readonly world: World;
  readonly plan: SimulationPlan;
  readonly clients: readonly SimulatedClient[];
  readonly recorder: HistoryRecorder;
}

/** Shuts down every context that is left. Resolves with what was wrong. `openTimeoutMs`: how long an opening takes at most. */
export async function stopAll(
  { world, plan, clients }: EndedSimulation,
  openTimeoutMs: number,
): Promise<string | undefined> {
  const left = clients.filter(({ context }) => !context.isEnded);
  const stopped = new Set<SimulatedClient>();
  for (const client of left)
    client.context.call(() => void client.stop().then(() => stopped.add(client)));
  // A crash that an earlier fault has caused may come only now.
  const isOver = () => left.every((one) => stopped.has(one) || one.context.isEnded);
  if (!(await world.run(isOver, MOST_STEPS))) return 'a shutdown did not end';
  // Handlers and openings that are under way when the backend shuts down end by then.
  const until = world.time + longestHandlerMs(plan) + openTimeoutMs;
  await world.run(() => world.time >= until, MOST_STEPS);
  const late = left.filter(({ context }) => world.countTimersOf(context) > 0);
  for (const { context } of left) context.end();
  return late.length > 0 ? `${late.length} contexts have timers after their shutdown` : undefined;
}

/** Acknowledges what is left. Resolves with what was wrong. `open` opens a backend of a context. */
export async function drainAll(
  { world, plan, recorder }: EndedSimulation,
  open: (context: SimulatedContext) => AsyncEventBackend,
): Promise<string | undefined> {
  const context = new SimulatedContext(world, 'drain');
  let isOver = false;
  let fault: unknown;
  context.enter(() => {
    void drain(context, open(context), plan, recorder)
      .catch((error: unknown) => {
        fault = error;
      })
      .then(() => {
        isOver = true;
      });
  });
  const isDrained = await world.run(() => isOver, MOST_STEPS);
  if (fault) return `draining failed: ${String(fault)}`;
  return isDrained ? undefined : 'draining did not end';
}
