import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import { checkHistory, type HistoryRecord, type HistoryViolation } from 'ackline/testing';
import { quantileOf } from '../../../bench/statistics.ts';
import { root } from '../../package/paths.ts';
import {
  BLOCKED_MS,
  CAMPAIGN_FAULTS,
  type CampaignFault,
  type CampaignResult,
  type Quantiles,
} from '../campaign-result.ts';
import type { ChaosTerms } from './chaos-campaign.ts';
import type { InjectedFault } from './chaos-faults.ts';
import type { ChaosLedger } from './chaos-ledger.ts';
import type { SlowCall } from './chaos-messages.ts';
import { HISTORY_RULES } from './history-rules.ts';
import type { EndOfContext } from './lifetimes.ts';
import { redeliveryTimes } from './redelivery-times.ts';
import { evidenceOf } from './violation-evidence.ts';

export interface ChaosOutcome {
  readonly terms: ChaosTerms;
  readonly ledger: ChaosLedger;
  readonly faults: readonly InjectedFault[];
  readonly engineVersion: string;
  readonly engineResets: number;
  readonly undrained: number;
  readonly interrupted?: string;
  readonly startedAt: number;
  readonly commit: string;
}

const MAX_VIOLATIONS = 20;

export function summarise(outcome: ChaosOutcome): CampaignResult {
  const { terms, ledger, faults, engineVersion, engineResets, undrained } = outcome;
  const { commit, startedAt, interrupted } = outcome;
  const { seed, engine, durability, minutes } = terms;
  const history = ledger.history();
  const violations = checkHistory(ledger.checkable(history));
  const shown = violations.slice(0, MAX_VIOLATIONS);
  const publisherOf = (eventId: string) => ledger.publisherOf(eventId);
  const sources = { history, faults, ends: ledger.ends(), publisherOf };
  return {
    ...{ format: 1, seed, engine, engineVersion, durability },
    startedAt: new Date(startedAt).toISOString(),
    minutes,
    seconds: Math.round((Date.now() - startedAt) / 1_000),
    commit,
    machine: machine(),
    command: `npm run campaign -- --engine ${engine} --durability ${durability} --minutes ${minutes} --seed ${seed}`,
    contexts: {
      pages: ledger.countContexts('page'),
      workers: ledger.countContexts('worker'),
      sharedWorkers: ledger.countContexts('shared'),
    },
    events: countEvents(history),
    faults: countFaults(faults),
    engineResets,
    breaks: countBreaks(violations),
    undrained,
    ...(interrupted !== undefined && { interrupted }),
    violations: shown,
    evidence: shown.flatMap((violation) => evidenceOf(violation, sources)),
    reports: ledger.reports,
    redelivery: redelivery(history, sources.ends),
    blocked: blocked(ledger, faults),
  };
}

function countEvents(history: readonly HistoryRecord[]): CampaignResult['events'] {
  const count = (operation: string, outcome = 'ok') =>
    history.filter((one) => one.operation === operation && one.outcome === outcome).length;
  const drained = history.filter(
    ({ operation, outcome, context }) =>
      operation === 'ack' && outcome === 'ok' && context.startsWith('drain/'),
  );
  return {
    published: count('publish'),
    refused: count('publish', 'failed'),
    unknown: count('publish', 'unknown'),
    delivered: count('deliver'),
    acknowledged: count('ack'),
    drained: drained.length,
    rejected: count('reject'),
  };
}

function countFaults(faults: readonly InjectedFault[]): CampaignResult['faults'] {
  return Object.fromEntries(
    CAMPAIGN_FAULTS.map((kind) => [kind, faults.filter((fault) => fault.kind === kind).length]),
  ) as Record<CampaignFault, number>;
}

function countBreaks(violations: readonly HistoryViolation[]): CampaignResult['breaks'] {
  return Object.fromEntries(
    HISTORY_RULES.map((rule) => [rule, violations.filter((one) => one.rule === rule).length]),
  ) as CampaignResult['breaks'];
}

function redelivery(
  history: readonly HistoryRecord[],
  ends: ReadonlyMap<string, EndOfContext>,
): CampaignResult['redelivery'] {
  const times = redeliveryTimes(history, ends);
  return { crash: quantilesOf(times.crash), kill: quantilesOf(times.kill) };
}

function quantilesOf(times: readonly number[]): Quantiles | null {
  if (times.length === 0) return null;
  return {
    count: times.length,
    p50: quantileOf(times, 0.5),
    p99: quantileOf(times, 0.99),
    max: times.reduce((most, time) => Math.max(most, time), 0),
  };
}

function blocked(ledger: ChaosLedger, faults: readonly InjectedFault[]): CampaignResult['blocked'] {
  const slow = longestOfEach(ledger.slow.filter(({ ms }) => ms > BLOCKED_MS));
  return {
    contexts: new Set(slow.map(({ context }) => context)).size,
    calls: slow.map(({ context, operation, ms, from, to }) => ({
      ...{ context, operation, ms },
      during: duringCall({ from, to }, faults),
    })),
    longestMs: ledger.longestMs,
  };
}

/** Of the calls of one context that overlap, the longest. */
function longestOfEach(slow: readonly SlowCall[]): SlowCall[] {
  const kept: SlowCall[] = [];
  for (const call of [...slow].sort((left, right) => right.ms - left.ms)) {
    const isKnown = kept.some(
      ({ context, from, to }) => context === call.context && from <= call.to && to >= call.from,
    );
    if (!isKnown) kept.push(call);
  }
  return kept;
}

function duringCall(
  { from, to }: Pick<SlowCall, 'from' | 'to'>,
  faults: readonly InjectedFault[],
): CampaignFault[] {
  const overlapping = faults.filter((fault) => fault.from <= to && fault.to >= from);
  return [...new Set(overlapping.map(({ kind }) => kind))];
}

/** The commit whose sources the pages have. */
export function currentCommit(): string {
  const git = (...args: readonly string[]) =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  const isChanged = git('status', '--porcelain', '--', 'src') !== '';
  return `${git('rev-parse', '--short', 'HEAD')}${isChanged ? '+' : ''}`;
}

function machine(): string {
  const [first] = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${first?.model.trim() ?? 'unknown processor'}, ${gib} GiB, ${type()} ${release()}`;
}
