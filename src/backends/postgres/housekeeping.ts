import type { ObserverEvent } from '../../core/reports/observer.ts';
import type { Runtime, Stop } from '../../core/runtime/runtime.ts';
import { FORGET_IDS } from './append-sql.ts';
import type { Database } from './database.ts';
import type { DeadLetters } from './dead-letters.ts';
import { FORGET_RESULTS } from './result-sql.ts';
import { FORGET_ACKED, FORGET_ORPHANS } from './settle-sql.ts';

export interface HousekeepingParts {
  readonly database: Database;
  readonly runtime: Runtime;
  readonly retentionMs: number;
  readonly dead: DeadLetters;
  readonly report: (event: ObserverEvent) => void;
}

/** How long after something is left behind it is cleaned up, with all that was left meanwhile, in milliseconds. */
const PAUSE_MS = 10_000;

/**
 * Deletes what is no longer needed: acknowledged events and results after their retention, surplus dead letters, ids after their windows, and
 * details of events that sqlspec has acknowledged. It runs some time after this context has left such a thing behind. What a context
 * leaves at its end is deleted by the next one that works on the channel.
 */
export class Housekeeping {
  readonly #parts: HousekeepingParts;
  readonly #acked = new Set<string>();
  #hasIds = false;
  #stopTimer: Stop | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: HousekeepingParts) {
    this.#parts = parts;
  }

  /** An acknowledged event, or a dead letter, was left in the channel. */
  note(channel: string, kind: 'dead' | 'acked'): void {
    if (kind === 'dead') return this.#run(channel, () => this.#dropSurplus(channel));
    this.#acked.add(channel);
    this.#plan(channel);
  }

  /** Ids are remembered. */
  noteIds(channel: string): void {
    this.#hasIds = true;
    this.#plan(channel);
  }

  close(): Promise<void> {
    this.#stopTimer?.();
    return this.#running;
  }

  #plan(channel: string): void {
    this.#stopTimer ??= this.#parts.runtime.after(PAUSE_MS, () => {
      this.#stopTimer = undefined;
      this.#run(channel, () => this.#forget());
    });
  }

  #run(channel: string, work: () => Promise<void>): void {
    this.#running = this.#running.then(work).catch((error: unknown) => {
      this.#parts.report({ type: 'fault', during: 'clean-up', channel, error });
    });
  }

  async #dropSurplus(channel: string): Promise<void> {
    const count = await this.#parts.dead.dropSurplus(channel);
    if (count > 0) this.#parts.report({ type: 'dead-letters-dropped', channel, count });
  }

  async #forget(): Promise<void> {
    const { database, runtime, retentionMs } = this.#parts;
    const now = runtime.now();
    const channels = JSON.stringify([...this.#acked]);
    const hadIds = this.#hasIds;
    this.#acked.clear();
    this.#hasIds = false;
    if (channels !== '[]') await database.run(FORGET_ACKED, [channels, now - retentionMs]);
    if (hadIds) await database.run(FORGET_IDS, [now]);
    await database.run(FORGET_ORPHANS, []);
    await database.run(FORGET_RESULTS, [now, now]);
  }
}
