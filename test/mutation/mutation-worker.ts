import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSources, type SourceFile } from '../architecture/source-tree.ts';
import { copyLibrary } from '../planted-bugs/copy-library.ts';
import { runCheck } from '../planted-bugs/run-check.ts';
import type { Candidate } from './candidates.ts';
import { mutate } from './mutant.ts';
import { checksOf, type MutantCheck } from './mutant-checks.ts';
import { TestRunner } from './test-runner.ts';

/** The check that caught a mutant, and the sign by which it did. */
export interface Kill {
  readonly by: string;
  readonly sign: string;
}

interface Baseline {
  readonly passes: boolean;
  readonly ms: number;
}

/** A test file that takes longer alone than this does not run for the mutants of other files of its folder. */
const LONGEST_NEIGHBOUR_MS = 12_000;
const LEAST_LIMIT_MS = 30_000;
const LIMIT_FACTOR = 6;

/** Tries mutants one after the other, in a copy of the library of its own. */
export class MutationWorker {
  readonly #folder: string;
  readonly #runner: TestRunner;
  readonly #tests: readonly SourceFile[] = readSources('test');
  readonly #baselines = new Map<string, Baseline>();
  /** The files of this mutant and of the one before it. */
  #changed: readonly string[] = [];

  constructor(name: string) {
    this.#folder = copyLibrary(`mutation ${name}`);
    this.#runner = new TestRunner(this.#folder);
  }

  /** Which check catches the mutant, or undefined where none does. */
  async try({ mutant, text }: Candidate): Promise<Kill | undefined> {
    const path = join(this.#folder, mutant.file);
    this.#changed = [...this.#changed.slice(-1), mutant.file];
    for (const check of checksOf(mutant.file, this.#tests)) {
      const passing = await this.#withoutFailing(check);
      writeFileSync(path, mutate(text, mutant));
      try {
        const sign = await this.#run(passing);
        if (sign !== undefined) return { by: check.name, sign };
      } finally {
        writeFileSync(path, text);
      }
    }
    return undefined;
  }

  async close(): Promise<void> {
    await this.#runner.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #run(check: MutantCheck): Promise<string | undefined> {
    if ('program' in check) {
      const { isLate, sign } = await runCheck(check.program, this.#folder);
      return isLate ? 'stuck' : sign;
    }
    if (check.files.length === 0) return undefined;
    const request = { changed: this.#changed, files: check.files };
    const sign = await this.#runner.run(request, this.#limitOf(check.files));
    // A busy machine makes tests time out, too.
    const isDoubtful = sign !== undefined && /timed out|^stuck$/i.test(sign);
    return isDoubtful ? this.#runner.run(request, this.#limitOf(check.files)) : sign;
  }

  #limitOf(files: readonly string[]): number {
    const sum = files.reduce((ms, file) => ms + (this.#baselines.get(file)?.ms ?? 0), 0);
    return Math.max(LEAST_LIMIT_MS, sum * LIMIT_FACTOR);
  }

  /** The check without the test files that fail although nothing is changed, and without slow neighbours. */
  async #withoutFailing(check: MutantCheck): Promise<MutantCheck> {
    if ('program' in check) return check;
    const isNeighbours = check.name === 'the other tests of its folder';
    const files: string[] = [];
    for (const file of check.files) {
      const { passes, ms } = await this.#baselineOf(file);
      if (passes && !(isNeighbours && ms > LONGEST_NEIGHBOUR_MS)) files.push(file);
    }
    return { ...check, files };
  }

  async #baselineOf(file: string): Promise<Baseline> {
    const known = this.#baselines.get(file);
    if (known) return known;
    const startedAt = performance.now();
    const sign = await this.#runner.run({ changed: this.#changed, files: [file] }, 120_000);
    const baseline = { passes: sign === undefined, ms: performance.now() - startedAt };
    if (sign !== undefined) console.log(`left out: ${file} fails without a mutant: ${sign}`);
    this.#baselines.set(file, baseline);
    return baseline;
  }
}
