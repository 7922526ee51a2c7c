import type { HistoryRecorder } from './history-recorder.ts';
import type { SimulatedContext } from './simulated-context.ts';
import type { SimulationPlan } from './simulation-plan.ts';

/** Deletes all that the channels of a partition have, and records that. */
export async function purgeAll(
  context: SimulatedContext,
  recorder: HistoryRecorder,
  plan: SimulationPlan,
  purge: () => Promise<void>,
): Promise<void> {
  const begun = plan.channels.map((channel) => ({ operation: 'purge' as const, channel }));
  await recorder.call(context, begun, purge, () => []).catch(() => undefined);
  noteGoneGroups(context, recorder, plan);
}

/** The groups are gone with the data. A delivery that is on its way may still arrive. */
export function noteGoneGroups(
  context: SimulatedContext,
  recorder: HistoryRecorder,
  { channels, groups }: SimulationPlan,
): void {
  for (const channel of channels)
    for (const group of groups) {
      const gone = { operation: 'delete-group', channel, group, outcome: 'unknown' } as const;
      recorder.note(context, gone);
    }
}
