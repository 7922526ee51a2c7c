import {
  BLOCKED_MS,
  type BlockedCall,
  CAMPAIGN_FAULTS,
  type CampaignFault,
  type CampaignResult,
  hasEnded,
  type Quantiles,
} from '../campaigns/campaign-result.ts';
import { RULE_WORDS } from '../campaigns/chaos/history-rules.ts';
import { differentOf, formatCount, groupsOf, sumOf, tableOf } from './figures.ts';

/** What the campaigns in real browsers ran, a column for each engine and durability. */
export function campaignSection(campaigns: readonly CampaignResult[]): string {
  if (campaigns.length === 0) return 'No result is kept yet.';
  const groups = groupsOf(
    campaigns.filter(hasEnded),
    ({ engine, durability }) => `${engine}, ${durability}`,
  );
  const heads = ['', ...groups.map(([name]) => name)];
  const rows = (figures: readonly Figure[]) =>
    figures.map(([name, of]) => [name, ...groups.map(([, runs]) => of(runs))]);
  return [
    tableOf(heads, rows(FIGURES)),
    `A crash or a kill counts from the command that ends the context until another context gets an event that it held. Each run has its own p50 and p99, of which the table has the least and the most. A context is blocked where one of its calls takes over ${formatCount(BLOCKED_MS)} ms, without the time in which the platform did not run for it at all. The rows under it say which faults overlapped these calls, which need not be their cause. An unanswered publish may have stored its events, so that more can be acknowledged than were published. [Engines](engines.md) says when an engine deletes data by itself.`,
    'Faults by kind:',
    tableOf(heads, rows(FAULTS)),
    ...brokenRuns(campaigns),
    ...unendedRuns(campaigns),
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
  sum('events of unanswered publishes', ({ events }) => events.unknown),
  sum('rejected events', ({ events }) => events.rejected),
  sum(RULE_WORDS.lost, ({ breaks }) => breaks.lost),
  sum(RULE_WORDS.unexpected, ({ breaks }) => breaks.unexpected),
  sum(RULE_WORDS['two-leases'], ({ breaks }) => breaks['two-leases']),
  sum('other broken rules', ({ breaks }) => othersOf(breaks)),
  sum('not drained', ({ undrained }) => undrained),
  quantile('crash to redelivery, p50', ({ redelivery }) => redelivery.crash, 'p50'),
  quantile('crash to redelivery, p99', ({ redelivery }) => redelivery.crash, 'p99'),
  quantile('browser kill to redelivery, p50', ({ redelivery }) => redelivery.kill, 'p50'),
  quantile('browser kill to redelivery, p99', ({ redelivery }) => redelivery.kill, 'p99'),
  sum(`contexts blocked over ${formatCount(BLOCKED_MS)} ms`, ({ blocked }) => blocked.contexts),
  ['their blocked calls', (runs) => blockedCalls(runs, () => true)],
  ['of these, while a tab was frozen', (runs) => blockedCalls(runs, duringFault('freeze'))],
  ['of these, while the data was deleted', (runs) => blockedCalls(runs, duringFault('clear-data'))],
  ['of these, during no fault', (runs) => blockedCalls(runs, ({ during }) => during.length === 0)],
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
  ['machine', (runs) => differentOf(runs, ({ machine }) => machine, '; ')],
];

const FAULTS: readonly Figure[] = CAMPAIGN_FAULTS.map((fault) =>
  sum(fault, ({ faults }) => faults[fault]),
);

function sum(name: string, of: (one: CampaignResult) => number): Figure {
  return [name, (runs) => formatCount(sumOf(runs, of))];
}

function blockedCalls(runs: Runs, isMeant: (call: BlockedCall) => boolean): string {
  return formatCount(sumOf(runs, ({ blocked }) => blocked.calls.filter(isMeant).length));
}

function duringFault(fault: CampaignFault): (call: BlockedCall) => boolean {
  return ({ during }) => during.includes(fault);
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

/** The runs that did not account for all of their events. */
function unendedRuns(campaigns: readonly CampaignResult[]): readonly string[] {
  const unended = campaigns.filter((campaign) => !hasEnded(campaign));
  if (unended.length === 0) return [];
  const lines = unended.map(({ engine, durability, seed, undrained, interrupted }) => {
    const why =
      interrupted ?? `${formatCount(undrained)} events were still stored when the drain ended`;
    return `- ${engine}, ${durability}, seed ${seed}: ${why}`;
  });
  return [
    'Runs that did not come to their end. They are in no number above, except that what they broke counts:',
    lines.join('\n'),
  ];
}
