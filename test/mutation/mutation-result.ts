import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from '../../bench/machine.ts';
import { root } from '../package/paths.ts';

/** A mutant that no check caught. */
export interface Survivor {
  readonly file: string;
  readonly kind: string;
  /** The replaced text and its replacement, with an arrow between them. */
  readonly change: string;
  /** The first line of the source that the change is in, without its indentation. */
  readonly source: string;
  /** Which of the same changes in the same line of the file, from 0. */
  readonly nth: number;
  /**
   * Written by hand. `equivalent`: nothing that a caller can observe differs. `performance`: only the cost differs. `missing
   * test`: a caller can observe it, and no check does.
   */
  readonly verdict?: 'equivalent' | 'performance' | 'missing test';
  /** Written by hand: why no check catches it. */
  readonly why?: string;
}

/** The names of checks that run only for mutants that passed the others, because they take long. */
export const NEIGHBOURS = 'the other tests of its folder';
export const FARTHER = 'the tests of the folders that use it';

/** Whether the check did not know the sample: it is of tests that older runs left out for their time. */
export function isOlder(check: string): boolean {
  return check === NEIGHBOURS || check === FARTHER;
}

/** A survivor that another check than those of the run catches: an older one, or a test that was written since. */
export interface CaughtLater extends Survivor {
  readonly by: string;
}

/** What a sample of the mutants of `src/core`, `src/queue` and `src/backends/indexeddb` showed. */
export interface MutationResult {
  readonly seed: number;
  readonly commit: string;
  /** As `2026-11-28`. */
  readonly date: string;
  readonly machine: Machine;
  /** All mutants of the three folders, those that do not compile among them. */
  readonly population: number;
  /** Mutants of the sample that do not compile. They are in no other count. */
  readonly notCompiled: number;
  readonly killed: number;
  /** By name of the check. */
  readonly killedBy: Readonly<Record<string, number>>;
  readonly survivors: readonly Survivor[];
  readonly caughtLater: readonly CaughtLater[];
}

/** Where the results are kept, one file for each sample. */
export const MUTATIONS_FOLDER = 'test/mutation/results';

export function resultFileOf(seed: string): string {
  return join(root, MUTATIONS_FOLDER, `seed-${seed}.json`);
}

export function readResult(file: string): MutationResult {
  return JSON.parse(readFileSync(file, 'utf8')) as MutationResult;
}

export function writeResult(result: MutationResult, file: string): void {
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
}

/** The 95 % confidence interval of a share, by Wilson: {@link https://doi.org/10.1080/01621459.1927.10502953}. */
export function confidenceInterval(count: number, total: number): readonly [number, number] {
  const z = 1.96;
  const share = count / total;
  const middle = share + z ** 2 / (2 * total);
  const spread = z * Math.sqrt((share * (1 - share)) / total + z ** 2 / (4 * total ** 2));
  const scale = 1 + z ** 2 / total;
  return [(middle - spread) / scale, (middle + spread) / scale];
}
