import { writeFileSync } from 'node:fs';
import { describeMachine, type Machine } from '../../bench/machine.ts';
import { describeCommit } from '../reliability/describe-commit.ts';
import type { SimulationResult } from './simulation-result.ts';

/** A seed whose simulation broke an invariant. `faults`: one line for each fault. */
export interface FailedSeed {
  readonly seed: number;
  readonly faults: readonly string[];
  /** Written by hand: the commit that mended what the seed showed. */
  readonly mendedIn?: string;
}

/** What a range of seeds did, as `npm run simulate -- --out FILE` writes it. */
export interface SimulationCampaign {
  readonly store: string;
  /** Of the source that was simulated. */
  readonly commit: string;
  /** The day on which the run ended, as `2026-11-28`. */
  readonly date: string;
  /** How long the run took. Absent in results from before it was measured. */
  readonly seconds?: number;
  /** Of these, how long the processor worked for the run. It shares the processor with other programs. */
  readonly processorSeconds?: number;
  readonly machine: Machine;
  readonly firstSeed: number;
  readonly seeds: number;
  readonly steps: number;
  /** Acknowledgements that a backend accepted. */
  readonly acknowledged: number;
  readonly faultCounts: Readonly<Record<string, number>>;
  /** Broken rules of the history checker, each with how often. */
  readonly violations: Readonly<Record<string, number>>;
  readonly failures: readonly FailedSeed[];
}

/** Adds up the results of the seeds of one run. */
export class SimulationTally {
  readonly #store: string;
  readonly #firstSeed: number;
  readonly #began = { at: performance.now(), usage: process.cpuUsage() };
  readonly #faultCounts: Record<string, number> = {};
  readonly #violations: Record<string, number> = {};
  readonly #failures: FailedSeed[] = [];
  #seeds = 0;
  #steps = 0;
  #acknowledged = 0;

  constructor(store: string, firstSeed: number) {
    this.#store = store;
    this.#firstSeed = firstSeed;
  }

  get failedCount(): number {
    return this.#failures.length;
  }

  add(result: SimulationResult, faults: readonly string[]): void {
    const { seed, records, faultCounts, violations, stepCount } = result;
    this.#seeds += 1;
    this.#steps += stepCount;
    for (const { operation, outcome } of records)
      if (operation === 'ack' && outcome === 'ok') this.#acknowledged += 1;
    for (const [kind, count] of Object.entries(faultCounts)) raise(this.#faultCounts, kind, count);
    for (const { rule } of violations) raise(this.#violations, rule, 1);
    if (faults.length > 0) this.#failures.push({ seed, faults });
  }

  /** One line for the reader of the terminal. */
  summary(): string {
    const faultCounts = this.#faultCounts;
    return JSON.stringify({
      seeds: this.#seeds,
      failedCount: this.failedCount,
      acknowledgedCount: this.#acknowledged,
      stepCount: this.#steps,
      faultCount: Object.values(faultCounts).reduce((sum, count) => sum + count, 0),
      faultCounts,
    });
  }

  write(file: string): void {
    const campaign: SimulationCampaign = {
      store: this.#store,
      commit: describeCommit(),
      date: new Date().toISOString().slice(0, 10),
      ...this.#time(),
      machine: describeMachine(undefined),
      firstSeed: this.#firstSeed,
      seeds: this.#seeds,
      steps: this.#steps,
      acknowledged: this.#acknowledged,
      faultCounts: this.#faultCounts,
      violations: this.#violations,
      failures: this.#failures,
    };
    writeFileSync(file, `${JSON.stringify(campaign, null, 2)}\n`);
  }

  #time() {
    const { user, system } = process.cpuUsage(this.#began.usage);
    return {
      seconds: Math.round((performance.now() - this.#began.at) / 1_000),
      processorSeconds: Math.round((user + system) / 1e6),
    };
  }
}

function raise(counts: Record<string, number>, name: string, by: number): void {
  counts[name] = (counts[name] ?? 0) + by;
}
