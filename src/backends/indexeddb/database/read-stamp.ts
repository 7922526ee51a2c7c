import type { ReadLock } from './read-locks.ts';

/** Time and lock of a read on which a decision will be based. */
export interface ReadStamp {
  /** Epoch milliseconds by this context's clock. */
  readonly at: number;
  /** The same moment by `Runtime.elapsed`, which setting the clock does not change. */
  readonly elapsedMs: number;
  /** The period of the connection, see `Connection`. */
  readonly period: number;
  readonly lock: ReadLock;
}

/**
 * The greatest age of a read on which a decision is based. If contexts without Web Locks use the database, guard rows are kept
 * for six times as long, see guard-rows.ts.
 */
const MAX_READ_AGE_MS = 10_000;

/** Whether the read is still a valid base for decisions: its lock is held, it is young enough, and the database is the same. */
export function isCurrent(stamp: ReadStamp, now: Pick<ReadStamp, 'elapsedMs' | 'period'>): boolean {
  const ageMs = Math.abs(now.elapsedMs - stamp.elapsedMs);
  return !stamp.lock.isEnded && stamp.period === now.period && ageMs <= MAX_READ_AGE_MS;
}
