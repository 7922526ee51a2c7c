import { CAMPAIGN_FAULTS, type CampaignResult, hasEnded } from '../campaigns/campaign-result.ts';
import { confidenceInterval, isOlder, type MutationResult } from '../mutation/mutation-result.ts';
import type { FailedSeed } from '../simulation/simulation-tally.ts';
import type { Evidence } from './evidence.ts';
import { formatCount, formatPercent, sumOf } from './figures.ts';
import { processorHours } from './simulation-section.ts';

/** A figure that the project aims at. */
export interface Goal {
  readonly what: string;
  readonly measured: string;
  readonly aim: string;
  readonly isReached: boolean;
}

const NO_BREAK = ['lost', 'unexpected', 'two-leases'] as const;
const NAMES = {
  lost: 'events lost',
  unexpected: 'events unexpected',
  'two-leases': 'double leases',
};

export function goalsOf(evidence: Evidence): readonly Goal[] {
  const { simulations, plantedBugs, mutations } = evidence;
  const campaigns = evidence.campaigns.filter(hasEnded);
  return [
    seedsGoal(simulations),
    atLeast(
      'acknowledged events in real browsers',
      sumOf(campaigns, ({ events }) => events.acknowledged),
      1_000_000,
    ),
    atLeast('crashes of tabs and workers', crashes(campaigns), 1_000),
    ...(['strict', 'relaxed'] as const).map((durability) =>
      atLeast(`browser kills, ${durability} durability`, kills(campaigns, durability), 200),
    ),
    atLeast(
      'freezes of tabs',
      sumOf(campaigns, ({ faults }) => faults.freeze),
      500,
    ),
    ...NO_BREAK.map((rule) => none(NAMES[rule], breaksOf(evidence, rule))),
    {
      what: 'planted bugs that a check catches',
      measured: `${plantedBugs.caught} of ${plantedBugs.planted}`,
      aim: 'all',
      isReached: plantedBugs.missed.length === 0,
    },
    {
      what: 'mutants that a check catches',
      measured: describeScore(newestOf(mutations)),
      aim: '90 %',
      isReached: scoreOf(newestOf(mutations)).share >= 0.9,
    },
  ];
}

const AIMED_SEEDS = 1_000_000;
const AIMED_HOURS = 4;

/** A million, or what four hours of a processor give. */
function seedsGoal(simulations: Evidence['simulations']): Goal {
  const seeds = sumOf(simulations, (one) => one.seeds);
  const hours = processorHours(simulations);
  return {
    what: 'simulated seeds',
    measured: `${formatCount(seeds)}, in about ${hours.toFixed(1)} h of a processor`,
    aim: `${formatCount(AIMED_SEEDS)}, or what ${AIMED_HOURS} h give`,
    isReached: seeds >= AIMED_SEEDS || hours >= AIMED_HOURS,
  };
}

function atLeast(what: string, count: number, aim: number): Goal {
  return { what, measured: formatCount(count), aim: formatCount(aim), isReached: count >= aim };
}

function none(what: string, { open, mended }: Breaks): Goal {
  return { what, measured: describeBreaks({ open, mended }), aim: '0', isReached: open === 0 };
}

function crashes(campaigns: readonly CampaignResult[]): number {
  return sumOf(campaigns, ({ faults }) => faults['tab-crash'] + faults['worker-terminate']);
}

function kills(campaigns: readonly CampaignResult[], durability: string): number {
  const ofMode = campaigns.filter((one) => one.durability === durability);
  return sumOf(ofMode, ({ faults }) => faults['browser-kill']);
}

/** `mended`: broken by a seed or in a campaign that is mended since. */
export interface Breaks {
  readonly open: number;
  readonly mended: number;
}

export function describeBreaks({ open, mended }: Breaks): string {
  return mended === 0 ? formatCount(open) : `${formatCount(open)} (and ${mended} mended since)`;
}

/** How often a rule of the history checker was broken, in simulations and in browsers. */
export function breaksOf(
  { simulations, campaigns }: Evidence,
  rule: (typeof NO_BREAK)[number],
): Breaks {
  const isMended = ({ mendedIn }: FailedSeed) => mendedIn !== undefined;
  const faults = simulations.flatMap(({ failures }) =>
    failures.filter(isMended).flatMap((failure) => failure.faults),
  );
  const mendedCampaigns = campaigns.filter((one) => one.mendedIn !== undefined);
  const mended =
    faults.filter((fault) => fault.includes(`"rule":"${rule}"`)).length +
    sumOf(mendedCampaigns, ({ breaks }) => breaks[rule]);
  const all =
    sumOf(simulations, ({ violations }) => violations[rule] ?? 0) +
    sumOf(campaigns, ({ breaks }) => breaks[rule]);
  return { open: all - mended, mended };
}

/** The sample with the greatest seed. Earlier ones are of earlier code, whose survivors have got tests since. */
export function newestOf(mutations: readonly MutationResult[]): readonly MutationResult[] {
  const newest = Math.max(...mutations.map(({ seed }) => seed));
  return mutations.filter(({ seed }) => seed === newest);
}

/**
 * Samples together. `caught`: by tests that did not know the sample. `now`: also by the tests that were written for its
 * survivors, so that this share is no estimate for the mutants outside of the samples.
 */
export function scoreOf(mutations: readonly MutationResult[]) {
  const later = mutations.flatMap(({ caughtLater }) => caughtLater);
  const killed = sumOf(mutations, (sample) => sample.killed);
  const total = killed + later.length + sumOf(mutations, ({ survivors }) => survivors.length);
  const caught = killed + later.filter(({ by }) => isOlder(by)).length;
  return { total, caught, now: killed + later.length, share: caught / total };
}

export function describeScore(mutations: readonly MutationResult[]): string {
  const { total, caught, share } = scoreOf(mutations);
  const [from, to] = confidenceInterval(caught, total).map(formatPercent);
  return `${formatPercent(share)} (${caught} of ${total}; 95 %: ${from} to ${to})`;
}

export function faultTotal({ faults }: CampaignResult): number {
  return sumOf(CAMPAIGN_FAULTS, (fault) => faults[fault]);
}
