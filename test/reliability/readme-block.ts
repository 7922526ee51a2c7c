import { hasEnded } from '../campaigns/campaign-result.ts';
import type { Evidence } from './evidence.ts';
import { formatCount, sumOf, tableOf } from './figures.ts';
import { breaksOf, describeBreaks, describeScore, faultTotal, newestOf } from './goals.ts';
import { totalOf } from './simulation-section.ts';

/** The name of the marked block of the README. */
export const BLOCK = 'reliability';

/** The five most telling figures of docs/reliability.md. */
export function readmeBlock(evidence: Evidence): string {
  const { simulations, plantedBugs, mutations } = evidence;
  const campaigns = evidence.campaigns.filter(hasEnded);
  const simulated = sumOf(simulations, ({ acknowledged }) => acknowledged);
  const simulatedFaults = sumOf(simulations, ({ faultCounts }) => totalOf(faultCounts));
  const real = sumOf(campaigns, ({ events }) => events.acknowledged);
  const breaks = (['lost', 'unexpected', 'two-leases'] as const).map((rule) =>
    describeBreaks(breaksOf(evidence, rule)),
  );
  return tableOf(
    ['what was run', 'result'],
    [
      [
        'simulated seeds',
        `${formatCount(sumOf(simulations, ({ seeds }) => seeds))}, with ${formatCount(simulated)} acknowledged events and ${formatCount(simulatedFaults)} injected faults`,
      ],
      [
        'chaos in real browsers',
        `${formatCount(real)} acknowledged events, ${formatCount(sumOf(campaigns, faultTotal))} faults`,
      ],
      ['lost, unexpected, leased twice, in all of these', breaks.join(', ')],
      ['planted bugs that the checks catch', `${plantedBugs.caught} of ${plantedBugs.planted}`],
      ['mutants that the checks catch', describeScore(newestOf(mutations))],
    ],
  );
}
