import type { SimulationCampaign } from '../simulation/simulation-tally.ts';
import { formatCount, sumOf, tableOf } from './figures.ts';

const RULES = ['lost', 'unexpected', 'two-leases'] as const;

/** What the simulations ran, a column for each run. */
export function simulationSection(simulations: readonly SimulationCampaign[]): string {
  if (simulations.length === 0) return 'No result is kept yet.';
  const heads = ['', ...simulations.map(({ store }) => store)];
  const rows = FIGURES.map(([name, of]) => [name, ...simulations.map(of)]);
  const kinds = [...new Set(simulations.flatMap(({ faultCounts }) => Object.keys(faultCounts)))];
  const faults = kinds
    .toSorted()
    .map((kind) => [kind, ...simulations.map(({ faultCounts }) => countOf(faultCounts, kind))]);
  return [
    tableOf(heads, rows),
    'Injected faults by kind:',
    tableOf(heads, faults),
    ...simulations.flatMap(failuresOf),
  ].join('\n\n');
}

const FIGURES: readonly (readonly [string, (one: SimulationCampaign) => string])[] = [
  ['seeds', ({ seeds }) => formatCount(seeds)],
  ['first seed', ({ firstSeed }) => String(firstSeed)],
  ['steps of the scheduler', ({ steps }) => formatCount(steps)],
  ['acknowledged events', ({ acknowledged }) => formatCount(acknowledged)],
  ['injected faults', ({ faultCounts }) => formatCount(totalOf(faultCounts))],
  ...RULES.map(
    (rule) => [rule, (one: SimulationCampaign) => countOf(one.violations, rule)] as const,
  ),
  ['other broken rules', ({ violations }) => formatCount(othersOf(violations))],
  ['seeds that failed', ({ failures }) => formatCount(failures.length)],
  ['commit', ({ commit }) => commit],
  ['date', ({ date }) => date],
  ['machine', ({ machine: { cores, node } }) => `${cores} cores, Node ${node}`],
];

function countOf(counts: Readonly<Record<string, number>>, name: string): string {
  return formatCount(counts[name] ?? 0);
}

export function totalOf(counts: Readonly<Record<string, number>>): number {
  return sumOf(Object.values(counts), (count) => count);
}

function othersOf(violations: Readonly<Record<string, number>>): number {
  return totalOf(violations) - sumOf(RULES, (rule) => violations[rule] ?? 0);
}

function failuresOf({ store, failures }: SimulationCampaign): readonly string[] {
  if (failures.length === 0) return [];
  const lines = failures.map(({ seed, faults, mendedIn }) => {
    const mended = mendedIn === undefined ? '' : `, mended in ${mendedIn}`;
    return `- seed ${seed}: ${shortened(faults[0] ?? '')}${mended}`;
  });
  return [`Seeds over ${store} that failed:`, lines.join('\n')];
}

/** A violation is JSON with all its records, of which the rule says enough here. */
function shortened(fault: string): string {
  return /"rule":"([\w-]+)"/.exec(fault)?.[1] ?? fault;
}
