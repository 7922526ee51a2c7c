import { posix } from 'node:path';
import { testsOf } from '../architecture/coverage.ts';
import type { SourceFile } from '../architecture/source-tree.ts';
import type { Check } from '../planted-bugs/checks.ts';
import { NEIGHBOURS } from './mutation-result.ts';

export interface TestFiles {
  readonly name: string;
  readonly files: readonly string[];
  /** Only the tests whose names match this regular expression. */
  readonly names?: string;
}

/** A check of a mutant: test files, or a program that exits with another code than 0. */
export type MutantCheck = TestFiles | { readonly name: string; readonly program: Check };

const CONFORMANCE = 'test/conformance.test.ts';

/** Tests of these folders run the library in this process, in seconds. */
const FOLDERS = ['test/core/', 'test/queue/', 'test/backends/', 'test/testing/'];
const OTHER_PROJECTS = /\.(browser|dom|e2e|jsdom|zone)\.test\.ts$|\.test-d\.ts$/;

const isOfNode = (path: string) =>
  path.endsWith('.test.ts') &&
  FOLDERS.some((folder) => path.startsWith(folder)) &&
  !OTHER_PROJECTS.test(path);

/**
 * The checks of a mutant of `file`, in the order in which they run: the tests of the file, the conformance suite and the
 * simulations. `isSurvivor`: these have passed before. Then the tests of the file run again, since tests may have been added,
 * the other tests of its folder, and the suite over every backend.
 */
export function checksOf(
  file: string,
  tests: readonly SourceFile[],
  isSurvivor: boolean,
): readonly MutantCheck[] {
  const own = testsOf(file, tests).filter(isOfNode);
  const folder = posix.dirname(file).replace(/^src/, 'test');
  const paths = tests.map(({ path }) => path).filter(isOfNode);
  const neighbours = paths.filter((path) => posix.dirname(path) === folder && !own.includes(path));
  const ofFile = { name: 'the tests of the file', files: own };
  const conformance = { name: 'the conformance suite', files: [CONFORMANCE] };
  if (isSurvivor) return [ofFile, { name: NEIGHBOURS, files: neighbours }, conformance];
  return [ofFile, { ...conformance, names: '^(memory|IndexedDB):' }, ...simulationsOf(file)];
}

function simulationsOf(file: string): readonly MutantCheck[] {
  const overIndexedDb = [simulation('indexeddb'), healthy('indexeddb', 3)];
  if (file.startsWith('src/backends/indexeddb/')) return overIndexedDb;
  return [simulation('memory'), healthy('memory', 10), ...overIndexedDb];
}

const LIMIT_MS = 90_000;

function simulation(store: string): MutantCheck {
  return program('simulation', 'run.ts', store, 30);
}

function healthy(store: string, seeds: number): MutantCheck {
  return program('healthy simulation', 'healthy.ts', store, seeds);
}

function program(name: string, path: string, store: string, seeds: number): MutantCheck {
  const entries = ['--import', './test/setup/source-entries.mjs'];
  const args = [...entries, `test/simulation/${path}`, '--store', store];
  const check = { name, args: [...args, '--seeds', `${seeds}`, '--stop'], limitMs: LIMIT_MS };
  return { name: `${name} over ${store}`, program: check };
}
