import { type BroadcastPlan, smallerBroadcastPlans } from './broadcast-plan.ts';
import { BroadcastSimulation } from './broadcast-simulation.ts';
import { smallerQueuePlans } from './minimise.ts';
import { QueueSimulation } from './queue-simulation.ts';
import type { SimulationPlan } from './simulation-plan.ts';
import type { SimulationResult } from './simulation-result.ts';

/** What can be simulated. */
export interface SimulatedStoreKind {
  /** `plan`: in place of the one that the seed makes. */
  run(seed: number, plan?: unknown): Promise<SimulationResult>;
  /** Each with one thing less. */
  smaller(plan: unknown): readonly unknown[];
}

/** By name: what the contexts of a simulation share. */
export const SIMULATED_STORES: Readonly<Record<string, SimulatedStoreKind>> = {
  indexeddb: queueOver('indexeddb'),
  memory: queueOver('memory'),
  broadcast: {
    run: (seed, plan) => new BroadcastSimulation(seed, plan as BroadcastPlan | undefined).run(),
    smaller: (plan) => smallerBroadcastPlans(plan as BroadcastPlan),
  },
};

function queueOver(store: 'indexeddb' | 'memory'): SimulatedStoreKind {
  return {
    run: (seed, plan) => {
      const given = plan === undefined ? {} : { plan: plan as SimulationPlan };
      return new QueueSimulation(seed, { store, ...given }).run();
    },
    smaller: (plan) => smallerQueuePlans(plan as SimulationPlan),
  };
}
