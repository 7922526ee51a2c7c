import type { HistoryOutcome, HistoryRecord } from '../../../src/testing/history/history-record.ts';

export type ContextKind = 'page' | 'worker' | 'shared' | 'drain';

/** What a context must know to work. It is in the address of a page and in the name of a worker. */
export interface ChaosSettings {
  /** The tab of the context. A shared worker has a name of its own here. */
  readonly tab: string;
  readonly kind: ContextKind;
  readonly durability: 'strict' | 'relaxed';
  /** Where the context sends its batches. */
  readonly reports: string;
  /** When the page created this worker, in epoch milliseconds. */
  readonly origin?: number;
}

/** What a page gets in its address. */
export interface PageSettings extends ChaosSettings {
  /** Where its dedicated worker and the shared worker send their batches. A page without both starts no worker. */
  readonly workerReports?: string;
  readonly sharedReports?: string;
}

export const WORK_CHANNELS = ['work-0', 'work-1', 'work-2'] as const;
/** The channel of the heartbeats that measure how long a context waits. */
export const BEAT_CHANNEL = 'beats';
export const CHANNELS: readonly string[] = [...WORK_CHANNELS, BEAT_CHANNEL];

export const LEASE_MS = 2_000;
export const MAX_HOLD_MS = 4_000;

export type BegunCall = Omit<HistoryRecord, 'outcome' | 'time'>;

/** A call of the library that took long. `ms` does not contain the time in which the platform did not run for the context. */
export interface SlowCall {
  readonly context: string;
  readonly operation: string;
  readonly from: number;
  readonly to: number;
  readonly ms: number;
}

/**
 * What a context reports.
 *
 * - `begin`, `end`: a call. The context makes the call after the runner has received its `begin`, so that a call whose `end`
 *   never arrives is known.
 * - `whole`: a record that needs no `begin`.
 * - `slow`: a call that took long.
 * - `terminate`: the page is about to terminate its worker.
 * - `stopped`: the context has shut down.
 */
export type ChaosEntry =
  | { readonly type: 'begin'; readonly call: number; readonly record: BegunCall }
  | {
      readonly type: 'end';
      readonly call: number;
      readonly outcome: HistoryOutcome;
      readonly time: number;
    }
  | { readonly type: 'whole'; readonly record: HistoryRecord }
  | { readonly type: 'slow'; readonly slow: SlowCall }
  | { readonly type: 'terminate'; readonly at: number }
  | { readonly type: 'stopped' };

export interface ChaosBatch {
  /** Names the context, without its incarnation. */
  readonly base: string;
  readonly tab: string;
  readonly kind: ContextKind;
  /**
   * When each incarnation of the context began. A context gets a new one when it is frozen or enters the back/forward cache,
   * because other contexts may take over its leases then.
   */
  readonly origins: readonly number[];
  /** Counts the batches of the context. A batch is sent again if its answer was lost. */
  readonly number: number;
  /** When the batch was sent. */
  readonly at: number;
  /** The slowest call so far, in milliseconds. */
  readonly longestMs: number;
  /** How many answers so far did not name the batch that was sent. */
  readonly strayAnswers: number;
  readonly entries: readonly ChaosEntry[];
}

/**
 * What the runner answers to each batch. It names the batch that the runner has taken: a context makes a call only after an
 * answer that names its batch, whatever else answers a request.
 *
 * - `work`: publish and consume.
 * - `pause`: consume only.
 * - `stop`: shut down.
 */
export interface ChaosCommand {
  readonly mode: 'work' | 'pause' | 'stop';
  readonly base: string;
  readonly number: number;
}

export function contextName(base: string, incarnation: number): string {
  return `${base}.${incarnation}`;
}
