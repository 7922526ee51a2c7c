import { SOUND_WIRE } from './simulated-wires.ts';
import type { SimulationPlan } from './simulation-plan.ts';

/**
 * The smallest plan, found by leaving out one thing after the other, with which a seed is still wrong. A smaller plan makes other
 * choices of the same seed, so that what is left may fail in another way.
 */
export async function minimisePlan<Plan>(
  plan: Plan,
  smallerPlans: (plan: Plan) => readonly Plan[],
  isWrong: (plan: Plan) => Promise<boolean>,
): Promise<Plan> {
  let smallest = plan;
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    for (const smaller of smallerPlans(smallest)) {
      if (!(await isWrong(smaller))) continue;
      smallest = smaller;
      isSmaller = true;
      break;
    }
  }
  return smallest;
}

/** Each with one thing less. */
export function smallerQueuePlans(plan: SimulationPlan): SimulationPlan[] {
  const { contextCount, publishCount, channels, events, eventCount, storage, wire } = plan;
  const without = (kind: string) =>
    Object.fromEntries(Object.entries(storage).filter(([name]) => name !== kind));
  return [
    ...(channels.length > 1 ? [{ ...plan, channels: channels.slice(1) }] : []),
    ...(contextCount > 1 ? [{ ...plan, contextCount: contextCount - 1 }] : []),
    ...(eventCount > 0 ? [{ ...plan, eventCount: eventCount - 1 }] : []),
    ...(publishCount > 1 ? [{ ...plan, publishCount: publishCount - 1 }] : []),
    ...events.map((event) => ({ ...plan, events: events.filter((one) => one !== event) })),
    ...Object.keys(storage).map((kind) => ({ ...plan, storage: without(kind) })),
    ...(plan.movesLetters ? [{ ...plan, movesLetters: false }] : []),
    ...(plan.retentionMs > 0 ? [{ ...plan, retentionMs: 0 }] : []),
    ...(plan.hasCodec ? [{ ...plan, hasCodec: false }] : []),
    ...(plan.partitions.length > 0 ? [{ ...plan, partitions: plan.partitions.slice(1) }] : []),
    ...(plan.isHealed ? [{ ...plan, isHealed: false }] : []),
    ...(plan.groups.length > 0 ? [{ ...plan, groups: plan.groups.slice(1) }] : []),
    ...(wire.lost + wire.doubled + wire.late > 0 ? [{ ...plan, wire: SOUND_WIRE }] : []),
  ];
}
