import type { HistoryRule, HistoryViolation } from '../../src/testing/history/history-violation.ts';

/** The engines in which the campaign runs. */
export type CampaignEngine = 'chromium' | 'firefox';

/**
 * What the runner does to contexts, to the browser and to its storage.
 *
 * - `tab-crash`: the process of a tab ends, without an event in the page.
 * - `freeze`: a tab is frozen (Chromium) or its process stopped (Firefox), and continues some seconds later.
 * - `reload`: a tab is reloaded.
 * - `navigate`: a tab goes to another page and back, with or without the back/forward cache.
 * - `worker-terminate`: a page terminates its dedicated worker.
 * - `browser-kill`: all processes of the browser get SIGKILL. It is started again on the same profile.
 * - `clear-data`: the data of the site is deleted.
 * - `low-quota`: the site may store nothing more for some seconds. Chromium only.
 * - `version-change`: a build with a newer schema opens the database, and all contexts of the older build are reloaded.
 */
export type CampaignFault =
  | 'tab-crash'
  | 'freeze'
  | 'reload'
  | 'navigate'
  | 'worker-terminate'
  | 'browser-kill'
  | 'clear-data'
  | 'low-quota'
  | 'version-change';

export const CAMPAIGN_FAULTS: readonly CampaignFault[] = [
  ...(['tab-crash', 'freeze', 'reload', 'navigate', 'worker-terminate'] as const),
  ...(['browser-kill', 'clear-data', 'low-quota', 'version-change'] as const),
];

/** Durations in milliseconds. */
export interface Quantiles {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * One call of a context that took longer than `BLOCKED_MS`, without the time in which the platform did not run for the
 * context: it was frozen or stopped, or a write to another database of the site took as long.
 */
export interface BlockedCall {
  readonly context: string;
  readonly operation: string;
  readonly ms: number;
  /** The faults that overlapped the call. */
  readonly during: readonly CampaignFault[];
}

/** A context is blocked if one of its calls takes longer than this many milliseconds. */
export const BLOCKED_MS = 1_000;

/**
 * The result of one run of `npm run campaign`, as the file that `--out` names contains it. The files of runs that are kept
 * are in `test/campaigns/results/`, one JSON object a file.
 */
export interface CampaignResult {
  /** Changes when a field changes its meaning. */
  readonly format: 1;
  readonly seed: number;
  readonly engine: CampaignEngine;
  readonly engineVersion: string;
  readonly durability: 'strict' | 'relaxed';
  /** ISO 8601, in UTC. */
  readonly startedAt: string;
  /** The time with faults, as `--minutes` gave it. */
  readonly minutes: number;
  /** The time of the whole run, with start and drain. */
  readonly seconds: number;
  /** The commit that was tested. It ends in `+` if files of it were changed. */
  readonly commit: string;
  /** Processor, cores, memory and operating system. */
  readonly machine: string;
  /** The command that repeats the run. The seed decides the faults, not the interleaving. */
  readonly command: string;
  /** How many contexts worked, over all lives of the browser. */
  readonly contexts: {
    readonly pages: number;
    readonly workers: number;
    readonly sharedWorkers: number;
  };
  readonly events: {
    /** Publishes that resolved. */
    readonly published: number;
    /** Publishes that were refused and stored nothing. */
    readonly refused: number;
    /** Publishes whose answer was lost, and that may have stored an event. */
    readonly unknown: number;
    readonly delivered: number;
    /** Acknowledgements that were accepted, during the faults and at the end. */
    readonly acknowledged: number;
    /** Those of them that the drain at the end acknowledged. */
    readonly drained: number;
    /** Events that were rejected and became dead letters. */
    readonly rejected: number;
  };
  readonly faults: Readonly<Record<CampaignFault, number>>;
  /** How often the engine itself deleted all data of the site after a kill; see `docs/engines.md`. */
  readonly engineResets: number;
  /** Broken promises by rule. All rules are present. */
  readonly breaks: Readonly<Record<HistoryRule, number>>;
  /** Written by hand: the commit that mended what broke these promises. */
  readonly mendedIn?: string;
  /** Written by hand: what is known of these breaks. */
  readonly remark?: string;
  /** Events that the store still had when the drain gave up. They are in no other number, and not lost. */
  readonly undrained: number;
  /**
   * Why the run did not come to its end: the browser answered no more, so that nothing read what the store still had. Then only
   * what was published before the last checkpoint can be lost. Absent where the run came to its end.
   */
  readonly interrupted?: string;
  /** The first broken promises, with their records. */
  readonly violations: readonly HistoryViolation[];
  /** For each of them, in lines: all records of its event, and the faults of that time. Absent in older files. */
  readonly evidence?: readonly string[];
  /**
   * Reports of contexts that the runner never received although later ones came, which must not be, and answers that named
   * another report, after which the context sent its report again. Absent in older files.
   */
  readonly reports?: { readonly missing: number; readonly strayAnswers: number };
  /** From the end of a context until another one got the event that it held; null if that did not happen. */
  readonly redelivery: {
    /** After the crash of a tab or the termination of a worker. */
    readonly crash: Quantiles | null;
    /** After a kill of the browser, with the time of its new start. */
    readonly kill: Quantiles | null;
  };
  readonly blocked: {
    /** How many contexts had a blocked call. */
    readonly contexts: number;
    readonly calls: readonly BlockedCall[];
    /** The slowest call of all, blocked or not. */
    readonly longestMs: number;
  };
}

/** Whether the run accounted for all of its events. The volumes of another run do not count. */
export function hasEnded({ undrained, interrupted }: CampaignResult): boolean {
  return undrained === 0 && interrupted === undefined;
}

/** Where results are kept, from the root of the project. */
export const RESULTS_FOLDER = 'test/campaigns/results';
