import type { Stop } from '../../../core/runtime.ts';
import type { Clock } from '../../../queue/claim-waiter.ts';
import { MOST_PATIENCE } from '../../../queue/notifier.ts';
import type { IdleLeader } from './idle-leader.ts';

/** What other contexts tell of their scans counts for so many poll intervals. */
const MOST_TOLD = 10;

/** The one turn for all queues. */
const SCAN = '';

const NEVER = Number.POSITIVE_INFINITY;

export interface IdlePollParts {
  readonly clock: Clock;
  /** Of the contexts of the database, for the one turn `''`. */
  readonly turns: IdleLeader;
  /** From 0 to 1; differs from context to context. */
  readonly chance: number;
  /** Whether there is anything to scan for. */
  readonly isNeeded: () => boolean;
  readonly scan: () => Promise<void>;
}

/**
 * Has the database scanned once in a poll interval for all consumers of this context that wait, and of the contexts by
 * only one: by the one that has the turn, which it passes on when the next scan is due. The others scan when that
 * one is late, each after another share of the poll interval.
 */
export class IdlePoll {
  readonly #parts: IdlePollParts;
  /** How many consumers wait with which poll interval. */
  readonly #sleepers = new Map<number, number>();
  readonly #patience: number;
  #pollMs = NEVER;
  /** When a scan was last made or tried here, and when the last one was made anywhere. */
  #scannedAt = -NEVER;
  #freshAt = -NEVER;
  #stopTimer: Stop | undefined;

  constructor(parts: IdlePollParts) {
    this.#parts = parts;
    this.#patience = MOST_PATIENCE - (parts.chance * (MOST_PATIENCE - 1)) / 4;
  }

  /** A consumer waits, until it calls what is returned. */
  add(pollMs: number): Stop {
    // The consumer has just claimed in vain, and no other waits.
    if (this.#sleepers.size === 0) this.#freshAt = this.#parts.clock.now();
    this.#sleepers.set(pollMs, (this.#sleepers.get(pollMs) ?? 0) + 1);
    if (pollMs < this.#pollMs || !this.#stopTimer) this.arm();
    return () => {
      const left = (this.#sleepers.get(pollMs) ?? 1) - 1;
      if (left > 0) this.#sleepers.set(pollMs, left);
      else this.#sleepers.delete(pollMs);
      if (this.#sleepers.size === 0) this.stop();
    };
  }

  /** This context has scanned. */
  noteScanned(): void {
    this.#scannedAt = this.#parts.clock.now();
    this.#freshAt = this.#scannedAt;
    this.#parts.turns.markDone(SCAN);
    this.arm();
  }

  /** Another context has, and found nothing that this one does not know. The one that has the turn goes by its own scans. */
  noteReported(): void {
    const now = this.#parts.clock.now();
    if (this.#parts.turns.holds(SCAN)) return;
    if (Math.abs(now - this.#scannedAt) < this.#pollMs * MOST_TOLD) this.#freshAt = now;
    this.arm();
  }

  /** Scans now, if anybody waits. */
  scanNow(): void {
    this.#freshAt = -NEVER;
    this.arm();
  }

  /** Sets the timer for the next scan; to be called when the turn has come, too. */
  arm(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#pollMs = Math.min(...this.#sleepers.keys());
    if (this.#sleepers.size === 0 || !this.#parts.isNeeded()) return;
    const { clock, turns } = this.#parts;
    const lastsMs = this.#pollMs * (turns.request(SCAN) ? 1 : this.#patience);
    const agoMs = Math.max(0, clock.now() - this.#freshAt);
    this.#stopTimer = clock.after(Math.max(0, lastsMs - agoMs), () => this.#act());
  }

  /** Scans no more, and leaves the turn to others. */
  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#parts.turns.release(SCAN);
  }

  #act(): void {
    const { scan, turns } = this.#parts;
    this.#stopTimer = undefined;
    if (turns.releaseIfDone(SCAN)) return this.arm();
    // Until this one is over the next is not due; should it fail, a consumer is told of that when its wait ends.
    this.#freshAt = this.#parts.clock.now();
    const arm = () => this.arm();
    void scan().then(arm, arm);
  }
}
