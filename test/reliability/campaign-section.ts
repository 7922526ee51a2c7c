import {
  BLOCKED_MS,
  CAMPAIGN_FAULTS,
  type CampaignResult,
  type Quantiles,
} from '../campaigns/campaign-result.ts';
import { differentOf, formatCount, groupsOf, sumOf, tableOf } from './figures.ts';

/** What the campaigns in real browsers ran, a column for each engine and durability. */
export function campaignSection(campaigns: readonly CampaignResult[]): string {
  if (campaigns.length === 0) return 'No result is kept yet.';
  const groups = groupsOf(campaigns, ({ engine, durability }) => `${engine}, ${durability}`);
  const heads = ['', ...groups.map(([name]) => name)];
  const rows = (figures: readonly Figure[]) =>
    figures.map(([name, of]) => [name, ...groups.map(([, runs]) => of(runs))]);
  return [
    tableOf(heads, rows(FIGURES)),
    'Faults by kind:',
    tableOf(heads, rows(FAULTS)),
    ...brokenRuns(campaigns),
    'Repeat a run with its command. The seed decides the faults, but not the interleaving:',
    campaigns.map(({ command, commit }) => `- \`${command}\`, at ${commit}`).join('\n'),
  ].join('\n\n');
}

type Runs = readonly CampaignResult[];
type Figure = readonly [name: string, of: (runs: Runs) => string];

const FIGURES: readonly Figure[] = [
  ['runs', ({ length }) => formatCount(length)],
  sum('published events', ({ events }) => events.published),
  sum('acknowledged events', ({ events }) => events.acknowledged),
  sum('rejected events', ({ events }) => events.rejected),
  sum('lost', ({ breaks }) => breaks.lost),
  sum('unexpected', ({ breaks }) => breaks.unexpected),
  sum('two-leases', ({ breaks }) => breaks['two-leases']),
  sum('other broken rules', ({ breaks }) => othersOf(breaks)),
  sum('not drained', ({ undrained }) => undrained),
  quantile('crash to redelivery, p50', ({ redelivery }) => redelivery.crash, 'p50'),
  quantile('crash to redelivery, p99', ({ redelivery }) => redelivery.crash, 'p99'),
  quantile('browser kill to redelivery, p50', ({ redelivery }) => redelivery.kill, 'p50'),
  quantile('browser kill to redelivery, p99', ({ redelivery }) => redelivery.kill, 'p99'),
  sum(`contexts blocked over ${BLOCKED_MS} ms`, ({ blocked }) => blocked.contexts),
  [
    'slowest call',
    (runs) =>
      `${formatCount(Math.round(Math.max(...runs.map(({ blocked }) => blocked.longestMs))))} ms`,
  ],
  sum('contexts', ({ contexts }) => contexts.pages + contexts.workers + contexts.sharedWorkers),
  sum('data deleted by the engine after a kill', ({ engineResets }) => engineResets),
  ['time', (runs) => `${formatCount(Math.round(sumOf(runs, ({ seconds }) => seconds) / 60))} min`],
  ['engine', (runs) => differentOf(runs, ({ engineVersion }) => engineVersion)],
  ['started', (runs) => differentOf(runs, ({ startedAt }) => startedAt.slice(0, 10))],
  ['machine', (runs) => differentOf(runs, ({ machine }) => machine)],
];

const FAULTS: readonly Figure[] = CAMPAIGN_FAULTS.map((fault) =>
  sum(fault, ({ faults }) => faults[fault]),
);

function sum(name: string, of: (one: CampaignResult) => number): Figure {
  return [name, (runs) => formatCount(sumOf(runs, of))];
}

/** The quantiles of several runs cannot be added up, so the smallest and the largest are shown. */
function quantile(
  name: string,
  of: (one: CampaignResult) => Quantiles | null,
  which: 'p50' | 'p99',
): Figure {
  return [
    name,
    (runs) => {
      const times = runs.flatMap((one) => of(one) ?? []).map((one) => Math.round(one[which]));
      if (times.length === 0) return 'not seen';
      const [least, most] = [Math.min(...times), Math.max(...times)].map(formatCount);
      return least === most ? `${least} ms` : `${least} to ${most} ms`;
    },
  ];
}

function othersOf(breaks: CampaignResult['breaks']): number {
  const all = sumOf(Object.values(breaks), (count) => count);
  return all - breaks.lost - breaks.unexpected - breaks['two-leases'];
}

/** The runs that broke a promise. */
function brokenRuns(campaigns: readonly CampaignResult[]): readonly string[] {
  const lines = campaigns.flatMap(({ engine, durability, seed, breaks, mendedIn, remark }) => {
    const broken = Object.entries(breaks).filter(([, count]) => count > 0);
    if (broken.length === 0) return [];
    const counts = broken.map(([rule, count]) => `${rule} ${formatCount(count)}`).join(', ');
    const mended = mendedIn === undefined ? '' : `; mended in ${mendedIn}`;
    const known = remark === undefined ? '' : `. ${remark}`;
    return `- ${engine}, ${durability}, seed ${seed}: ${counts}${mended}${known}`;
  });
  return lines.length === 0 ? [] : ['Runs that broke a promise:', lines.join('\n')];
}
