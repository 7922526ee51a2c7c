import type { AsyncEventBackend } from 'ackline';
import { drain } from './drain.ts';
import { finishWork } from './finish-work.ts';
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

/** What is done at the end, in a context of its own. */
type EndWork = (
  context: SimulatedContext,
  backend: AsyncEventBackend,
  plan: SimulationPlan,
  recorder: HistoryRecorder,
) => Promise<void>;

/** Opens a backend of a context. */
export type OpenBackend = (context: SimulatedContext) => AsyncEventBackend;

/** Acknowledges what is left. Resolves with what was wrong. */
export function drainAll(
  ended: EndedSimulation,
  recorder: HistoryRecorder,
  open: OpenBackend,
): Promise<string | undefined> {
  return runAtEnd('draining', ended, recorder, open, drain);
}

/** Lets the contexts work without faults until everything is done, at most until `until`. Resolves with what was wrong. */
export function finishAll(
  ended: EndedSimulation,
  recorder: HistoryRecorder,
  open: OpenBackend,
  until: number,
): Promise<string | undefined> {
  return runAtEnd('finishing', ended, recorder, open, (...given) => finishWork(...given, until));
}

/** A purge that began before may end the backend, or block its opening. Another one then does the work. */
async function runAtEnd(
  name: string,
  { world, plan }: EndedSimulation,
  recorder: HistoryRecorder,
  open: OpenBackend,
  work: EndWork,
): Promise<string | undefined> {
  for (let left = plan.partitions.length; ; left -= 1) {
    const context = new SimulatedContext(world, name);
    let isOver = false;
    let fault: unknown;
    context.enter(() => {
      void work(context, open(context), plan, recorder)
        .catch((error: unknown) => {
          fault = error;
        })
        .then(() => {
          isOver = true;
        });
    });
    const isDone = await world.run(() => isOver, MOST_STEPS);
    if (!isDone) return `${name} did not end`;
    if (fault === undefined) return undefined;
    const { code } = fault as { readonly code?: unknown };
    if ((code !== 'closed' && code !== 'open-timeout') || left <= 0)
      return `${name} failed: ${String(fault)}`;
  }
}
