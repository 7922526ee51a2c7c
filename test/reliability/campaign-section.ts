import {
  BLOCKED_MS,
  CAMPAIGN_FAULTS,
  type CampaignResult,
  type Quantiles,
} from '../campaigns/campaign-result.ts';
import { formatCount, sumOf, tableOf } from './figures.ts';

/** What the campaigns in real browsers ran, a column for each run. */
export function campaignSection(campaigns: readonly CampaignResult[]): string {
  if (campaigns.length === 0) return 'No result is kept yet.';
  const heads = ['', ...campaigns.map(({ engine, durability }) => `${engine}, ${durability}`)];
  const rows = (figures: readonly Figure[]) =>
    figures.map(([name, of]) => [name, ...campaigns.map(of)]);
  return [
    tableOf(heads, rows(FIGURES)),
    'Faults by kind:',
    tableOf(heads, rows(FAULTS)),
    'Repeat a run with its command. The seed decides the faults, but not the interleaving:',
    campaigns.map(({ command }) => `- \`${command}\``).join('\n'),
  ].join('\n\n');
}

type Figure = readonly [name: string, of: (one: CampaignResult) => string];

const FIGURES: readonly Figure[] = [
  ['published events', ({ events }) => formatCount(events.published)],
  ['acknowledged events', ({ events }) => formatCount(events.acknowledged)],
  ['rejected events', ({ events }) => formatCount(events.rejected)],
  ['lost', ({ breaks }) => formatCount(breaks.lost)],
  ['unexpected', ({ breaks }) => formatCount(breaks.unexpected)],
  ['two-leases', ({ breaks }) => formatCount(breaks['two-leases'])],
  ['other broken rules', ({ breaks }) => formatCount(othersOf(breaks))],
  ['not drained', ({ undrained }) => formatCount(undrained)],
  ['crash to redelivery, p50', ({ redelivery }) => quantile(redelivery.crash, 'p50')],
  ['crash to redelivery, p99', ({ redelivery }) => quantile(redelivery.crash, 'p99')],
  ['browser kill to redelivery, p50', ({ redelivery }) => quantile(redelivery.kill, 'p50')],
  ['browser kill to redelivery, p99', ({ redelivery }) => quantile(redelivery.kill, 'p99')],
  [`contexts blocked over ${BLOCKED_MS} ms`, ({ blocked }) => formatCount(blocked.contexts)],
  ['slowest call', ({ blocked }) => `${formatCount(Math.round(blocked.longestMs))} ms`],
  ['contexts', ({ contexts }) => formatCount(contextCount(contexts))],
  ['data deleted by the engine after a kill', ({ engineResets }) => formatCount(engineResets)],
  ['time', ({ seconds }) => `${formatCount(Math.round(seconds / 60))} min`],
  ['engine', ({ engineVersion }) => engineVersion],
  ['started', ({ startedAt }) => startedAt.slice(0, 10)],
  ['commit', ({ commit }) => commit],
  ['machine', ({ machine }) => machine],
];

const FAULTS: readonly Figure[] = CAMPAIGN_FAULTS.map((fault) => [
  fault,
  ({ faults }) => formatCount(faults[fault]),
]);

function contextCount({ pages, workers, sharedWorkers }: CampaignResult['contexts']): number {
  return pages + workers + sharedWorkers;
}

function quantile(quantiles: Quantiles | null, name: 'p50' | 'p99'): string {
  return quantiles === null ? 'not seen' : `${formatCount(Math.round(quantiles[name]))} ms`;
}

function othersOf(breaks: CampaignResult['breaks']): number {
  const all = sumOf(Object.values(breaks), (count) => count);
  return all - breaks.lost - breaks.unexpected - breaks['two-leases'];
}
