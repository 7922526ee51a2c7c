import type { Random } from './random.ts';
import type { SimulatedClient } from './simulated-client.ts';
import type { SimulationPlan } from './simulation-plan.ts';

/** Lets contexts move dead letters and change groups, often several at once. */
export function operate(
  { channels, groups, movesLetters }: SimulationPlan,
  running: readonly SimulatedClient[],
  random: Random,
): void {
  if (running.length === 0) return;
  const several = (call: (client: SimulatedClient) => void) => {
    for (let left = random.whole(1, 3); left > 0; left -= 1) {
      const client = random.pick(running);
      client.context.call(() => call(client));
    }
  };
  const channel = random.pick(channels);
  const group = groups.length > 0 ? random.pick(groups) : undefined;
  if (movesLetters && random.chance(0.8)) {
    const isOfGroup = group !== undefined && random.chance(0.5);
    several((client) => client.moveLetters(isOfGroup ? { channel, group } : { channel }));
  }
  if (group === undefined || random.chance(0.3)) return;
  const operation = random.chance(0.7) ? 'create-group' : 'delete-group';
  several((client) => client.changeGroup({ channel, group }, operation));
}
