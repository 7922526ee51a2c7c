import { RULE_WORDS } from '../campaigns/chaos/history-rules.ts';
import type { SimulationCampaign } from '../simulation/simulation-tally.ts';
import { differentOf, formatCount, groupsOf, sumOf, tableOf } from './figures.ts';

const RULES = ['lost', 'unexpected', 'two-leases'] as const;

type Runs = readonly SimulationCampaign[];

/** What the simulations ran, a column for each store. */
export function simulationSection(simulations: Runs): string {
  if (simulations.length === 0) return 'No result is kept yet.';
  const groups = groupsOf(simulations, ({ store }) => store);
  const heads = ['', ...groups.map(([name]) => name)];
  const rows = FIGURES.map(([name, of]) => [name, ...groups.map(([, runs]) => of(runs))]);
  const kinds = [...new Set(simulations.flatMap(({ faultCounts }) => Object.keys(faultCounts)))];
  const faults = kinds
    .toSorted()
    .map((kind) => [kind, ...groups.map(([, runs]) => faultsOf(runs, kind))]);
  return [
    tableOf(heads, rows),
    'Injected faults by kind:',
    tableOf(heads, faults),
    ...groups.flatMap(([store, runs]) => failuresOf(store, runs)),
    'The runs:',
    simulations.map(lineOf).join('\n'),
  ].join('\n\n');
}

const FIGURES: readonly (readonly [string, (runs: Runs) => string])[] = [
  ['seeds', (runs) => formatCount(sumOf(runs, ({ seeds }) => seeds))],
  ['steps of the scheduler', (runs) => formatCount(sumOf(runs, ({ steps }) => steps))],
  ['acknowledged events', (runs) => formatCount(sumOf(runs, ({ acknowledged }) => acknowledged))],
  [
    'injected faults',
    (runs) => formatCount(sumOf(runs, ({ faultCounts }) => totalOf(faultCounts))),
  ],
  ...RULES.map(
    (rule) => [RULE_WORDS[rule], (runs: Runs) => formatCount(brokenIn(runs, rule))] as const,
  ),
  [
    'other broken rules',
    (runs) => formatCount(sumOf(runs, ({ violations }) => othersOf(violations))),
  ],
  ['seeds that failed', (runs) => formatCount(sumOf(runs, ({ failures }) => failures.length))],
  ['time', timeOf],
  [
    'machine',
    (runs) => differentOf(runs, ({ machine: { cores, node } }) => `${cores} cores, Node ${node}`),
  ],
];

/** Of the runs that measured it, with the seeds that they ran in it. */
function timeOf(runs: Runs): string {
  const timed = runs.filter(({ seconds }) => seconds !== undefined);
  if (timed.length === 0) return 'not measured';
  const hours = sumOf(timed, ({ seconds = 0 }) => seconds) / 3_600;
  const worked = sumOf(timed, ({ processorSeconds = 0 }) => processorSeconds) / 3_600;
  const seeds = formatCount(sumOf(timed, (run) => run.seeds));
  return `${hours.toFixed(1)} h, of which ${worked.toFixed(2)} h on a processor, for ${seeds} seeds`;
}

/** A run that did not measure its time counts with the time that a seed of its store takes in the other runs. */
export function processorHours(simulations: Runs): number {
  return sumOf(
    groupsOf(simulations, ({ store }) => store),
    ([, runs]) => {
      const timed = runs.filter(({ processorSeconds }) => processorSeconds !== undefined);
      const seconds = sumOf(timed, ({ processorSeconds = 0 }) => processorSeconds);
      const timedSeeds = sumOf(timed, (run) => run.seeds);
      return timedSeeds === 0
        ? 0
        : ((seconds / timedSeeds) * sumOf(runs, (run) => run.seeds)) / 3_600;
    },
  );
}

function brokenIn(runs: Runs, rule: string): number {
  return sumOf(runs, ({ violations }) => violations[rule] ?? 0);
}

function faultsOf(runs: Runs, kind: string): string {
  return formatCount(sumOf(runs, ({ faultCounts }) => faultCounts[kind] ?? 0));
}

export function totalOf(counts: Readonly<Record<string, number>>): number {
  return sumOf(Object.values(counts), (count) => count);
}

function othersOf(violations: Readonly<Record<string, number>>): number {
  return totalOf(violations) - sumOf(RULES, (rule) => violations[rule] ?? 0);
}

function lineOf({ store, firstSeed, seeds, commit, date }: SimulationCampaign): string {
  return `- ${store}: ${formatCount(seeds)} seeds from ${firstSeed} on, at ${commit} on ${date}`;
}

function failuresOf(store: string, runs: Runs): readonly string[] {
  const lines = runs
    .flatMap(({ failures }) => failures)
    .map(({ seed, faults, mendedIn }) => {
      const mended = mendedIn === undefined ? '' : `, mended in ${mendedIn}`;
      return `- seed ${seed}: ${shortened(faults[0] ?? '')}${mended}`;
    });
  return lines.length === 0 ? [] : [`Seeds over ${store} that failed:`, lines.join('\n')];
}

/** A violation is JSON with all its records, of which the rule says enough here. */
function shortened(fault: string): string {
  return /"rule":"([\w-]+)"/.exec(fault)?.[1] ?? fault;
}
