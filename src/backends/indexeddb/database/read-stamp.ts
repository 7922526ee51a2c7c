import type { ReadLock } from './read-locks.ts';

/** When something was read that a decision is made on, and what shows others that it may still be. */
export interface ReadStamp {
  /** Epoch milliseconds by this context's clock. */
  readonly at: number;
  /** The same moment by `Runtime.elapsed`, which setting the clock does not change. */
  readonly elapsedMs: number;
  /** See `Connection`. */
  readonly period: number;
  readonly lock: ReadLock;
}

/**
 * No context decides on what it read longer ago than this. Contexts without Web Locks rely on it: they keep guards for six
 * times as long, see guard-rows.ts.
 */
const MAX_SEEN_AGE_MS = 10_000;

/** Whether what was read then may still decide: while its lock is held, not too long ago, in a database that is the same. */
export function isCurrent(stamp: ReadStamp, now: Pick<ReadStamp, 'elapsedMs' | 'period'>): boolean {
  const ageMs = Math.abs(now.elapsedMs - stamp.elapsedMs);
  return !stamp.lock.isEnded && stamp.period === now.period && ageMs <= MAX_SEEN_AGE_MS;
}
