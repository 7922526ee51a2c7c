import type { Stop } from '../../../core/runtime/runtime.ts';
import type { Clock } from '../../../queue/claim-waiter.ts';
import type { IdleLeader } from './idle-leader.ts';

/** A context that does not lead scans when the last scan is this many poll intervals old. */
export const LATEST_SCAN = 1.05;

/** The scans of other contexts count for this many poll intervals after the last scan of this context. */
export const MAX_REPORTED_INTERVALS = 10;

/** There is one leader for all queues. */
const SCAN = '';

const NEVER = Number.POSITIVE_INFINITY;

export interface IdlePollParts {
  readonly clock: Clock;
  /** Elects the context that scans. */
  readonly leader: IdleLeader;
  /** From 0 to 1, another value in each context. */
  readonly chance: number;
  /** Whether there is a queue to scan for. */
  readonly isNeeded: () => boolean;
  readonly scan: () => Promise<void>;
}

/**
 * Scans the database once in a poll interval for all consumers of all contexts that wait. The context that leads scans,
 * and frees the lock when the next scan is due, so that the contexts scan one after the other. Another context scans
 * when the leader is late, each after another share of the poll interval.
 */
export class IdlePoll {
  readonly #parts: IdlePollParts;
  /** The number of waiting consumers for each poll interval. */
  readonly #consumers = new Map<number, number>();
  readonly #latestScan: number;
  #pollMs = NEVER;
  /** When this context last began or finished a scan. */
  #scannedAt = -NEVER;
  /** The same for the scans of all contexts. */
  #freshAt = -NEVER;
  /** When another context last reported a scan. */
  #reportedAt = -NEVER;
  #stopTimer: Stop | undefined;

  constructor(parts: IdlePollParts) {
    this.#parts = parts;
    this.#latestScan = LATEST_SCAN - (parts.chance * (LATEST_SCAN - 1)) / 4;
  }

  /** Scans for one more consumer until the returned function is called. */
  add(pollMs: number): Stop {
    // The consumer has just claimed and found nothing.
    if (this.#consumers.size === 0) this.#freshAt = this.#parts.clock.now();
    this.#consumers.set(pollMs, (this.#consumers.get(pollMs) ?? 0) + 1);
    if (pollMs < this.#pollMs || !this.#stopTimer) this.arm();
    return () => {
      const left = (this.#consumers.get(pollMs) ?? 1) - 1;
      if (left > 0) this.#consumers.set(pollMs, left);
      else this.#consumers.delete(pollMs);
      if (this.#consumers.size === 0) this.stop();
    };
  }

  /** This context has scanned. */
  noteScanned(): void {
    this.#scannedAt = this.#parts.clock.now();
    this.#freshAt = this.#scannedAt;
    this.#parts.leader.markDone(SCAN);
    this.arm();
  }

  /**
   * Another context has scanned. `isIdle`: it found nothing that this context does not know. A leader relies on its own
   * scans.
   */
  noteReported(isIdle: boolean): void {
    const now = this.#parts.clock.now();
    this.#reportedAt = now;
    if (!isIdle || this.#parts.leader.holds(SCAN)) return;
    if (Math.abs(now - this.#scannedAt) < this.#pollMs * MAX_REPORTED_INTERVALS)
      this.#freshAt = now;
    this.arm();
  }

  /**
   * Whether this context reports its scan to the others: unless another context has done so within the poll interval. The
   * messages would otherwise grow with the square of the number of contexts.
   */
  get mustReport(): boolean {
    const { clock, leader } = this.#parts;
    return leader.holds(SCAN) || Math.abs(clock.now() - this.#reportedAt) >= this.#pollMs;
  }

  /** Scans now if a consumer waits. */
  scanNow(): void {
    this.#freshAt = -NEVER;
    this.arm();
  }

  /** Sets the timer for the next scan. Called also when this context begins to lead. */
  arm(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#pollMs = Math.min(...this.#consumers.keys());
    if (this.#consumers.size === 0 || !this.#parts.isNeeded()) return;
    const { clock, leader } = this.#parts;
    const lastsMs = this.#pollMs * (leader.request(SCAN) ? 1 : this.#latestScan);
    const agoMs = Math.max(0, clock.now() - this.#freshAt);
    this.#stopTimer = clock.after(Math.max(0, lastsMs - agoMs), () => this.#scan());
  }

  /** Ends the scans, and lets another context lead. */
  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#parts.leader.release(SCAN);
  }

  #scan(): void {
    const { scan, leader } = this.#parts;
    this.#stopTimer = undefined;
    if (leader.releaseIfDone(SCAN)) return this.arm();
    // No second scan is due while this one runs. A consumer learns of its failure by its own claim at the end of its wait.
    this.#freshAt = this.#parts.clock.now();
    const arm = () => this.arm();
    void scan().then(arm, arm);
  }
}
