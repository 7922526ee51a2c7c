import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSources, type SourceFile } from '../architecture/source-tree.ts';
import type { Check } from '../planted-bugs/checks.ts';
import { copyLibrary } from '../planted-bugs/copy-library.ts';
import { type CheckResult, runCheck } from '../planted-bugs/run-check.ts';
import type { Candidate } from './candidates.ts';
import { mutate } from './mutant.ts';
import { checksOf, type MutantCheck, type TestFiles } from './mutant-checks.ts';
import { TestRunner } from './test-runner.ts';
import type { TestFailure } from './test-server.ts';

/** The check that caught a mutant, and the sign by which it did. */
export interface Kill {
  readonly by: string;
  readonly sign: string;
}

const LIMIT_MS = 240_000;
const LONGEST_MS = 1_200_000;
/** A mutant is stuck where a program takes this many times as long as without the mutant. */
const LATE_FACTOR = 4;
/** Vitest's words for a test that took too long, and this runner's for a process that did not answer. */
const DOUBTFUL = /timed out|^stuck$/i;

/** Test files that fail although nothing is changed. All workers share what they find out. */
const failsUnchanged = new Map<string, boolean>();

/** Tries mutants one after the other, in a copy of the library of its own. */
export class MutationWorker {
  readonly #folder: string;
  readonly #runner: TestRunner;
  readonly #tests: readonly SourceFile[] = readSources('test');
  /** The files of this mutant and of the one before it. */
  #changed: readonly string[] = [];

  readonly #isSurvivor: boolean;

  constructor(name: string, isSurvivor: boolean) {
    this.#isSurvivor = isSurvivor;
    this.#folder = copyLibrary(`mutation ${name}`);
    this.#runner = new TestRunner(this.#folder);
  }

  /** Which check catches the mutant, or undefined where none does. */
  async try(candidate: Candidate): Promise<Kill | undefined> {
    const { file } = candidate.mutant;
    this.#changed = [...this.#changed.slice(-1), file];
    for (const check of checksOf(file, this.#tests, this.#isSurvivor)) {
      const sign = await this.#check(check, candidate);
      if (sign !== undefined) return { by: check.name, sign };
    }
    return undefined;
  }

  async close(): Promise<void> {
    await this.#runner.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #check(check: MutantCheck, candidate: Candidate): Promise<string | undefined> {
    if ('files' in check) return this.#runTests(check, candidate);
    const result = await this.#runProgram(check.program, candidate);
    return result.isLate ? 'stuck' : result.sign;
  }

  /** A program that is late runs again, with a limit that a loaded machine keeps, too. */
  async #runProgram(program: Check, candidate: Candidate): Promise<CheckResult> {
    const result = await this.#mutated(candidate, () => runCheck(program, this.#folder));
    if (!result.isLate) return result;
    const began = performance.now();
    await runCheck({ ...program, limitMs: LONGEST_MS }, this.#folder);
    const limitMs = Math.min(LONGEST_MS, Math.ceil(LATE_FACTOR * (performance.now() - began)));
    return this.#mutated(candidate, () => runCheck({ ...program, limitMs }, this.#folder));
  }

  /**
   * A failure counts only where the file passes without the mutant, and a late test only where the file is not late without the
   * mutant at that time, and late again with it.
   */
  async #runTests(check: TestFiles, candidate: Candidate): Promise<string | undefined> {
    let files = check.files.filter((file) => !failsUnchanged.get(file));
    while (files.length > 0) {
      const failure = await this.#mutated(candidate, () => this.#run({ ...check, files }));
      if (failure === undefined) return undefined;
      const failed = failure.file === undefined ? files : [failure.file];
      const unsound = await this.#failingUnchanged({ ...check, files: failed });
      files = files.filter((file) => !unsound.includes(file));
      if (unsound.length > 0) continue;
      if (!DOUBTFUL.test(failure.sign)) return failure.sign;
      // The machine may be busier than when the file passed, so it must pass now, too.
      const again = { ...check, files: failed };
      const isSlow = (await this.#run(again)) !== undefined;
      if (!isSlow && (await this.#mutated(candidate, () => this.#run(again)))) return failure.sign;
      files = files.filter((file) => !failed.includes(file));
    }
    return undefined;
  }

  async #failingUnchanged(check: TestFiles): Promise<readonly string[]> {
    for (const file of check.files) {
      if (failsUnchanged.has(file)) continue;
      const failure = await this.#run({ ...check, files: [file] });
      failsUnchanged.set(file, failure !== undefined);
      if (failure) console.log(`left out: ${file} fails without a mutant: ${failure.sign}`);
    }
    return check.files.filter((file) => failsUnchanged.get(file));
  }

  #run(check: TestFiles): Promise<TestFailure | undefined> {
    return this.#runner.run({ ...check, changed: this.#changed }, LIMIT_MS);
  }

  async #mutated<T>({ mutant, text }: Candidate, run: () => Promise<T>): Promise<T> {
    const path = join(this.#folder, mutant.file);
    writeFileSync(path, mutate(text, mutant));
    try {
      return await run();
    } finally {
      writeFileSync(path, text);
    }
  }
}
