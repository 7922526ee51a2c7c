import { posix } from 'node:path';
import { testsOf } from '../architecture/coverage.ts';
import type { SourceFile } from '../architecture/source-tree.ts';
import type { Check } from '../planted-bugs/checks.ts';

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
  FOLDERS.some((folder) => path.startsWith(folder)) && !OTHER_PROJECTS.test(path);

/**
 * The checks of a mutant of `file`, in the order in which they run: the tests of the file, the conformance suite, the
 * simulations, and the other tests of its folder.
 */
export function checksOf(file: string, tests: readonly SourceFile[]): readonly MutantCheck[] {
  const own = testsOf(file, tests).filter(isOfNode);
  const folder = posix.dirname(file).replace(/^src/, 'test');
  const paths = tests.map(({ path }) => path).filter(isOfNode);
  const room = paths.filter((path) => posix.dirname(path) === folder && !own.includes(path));
  const simulations = file.startsWith('src/backends/indexeddb/')
    ? [simulation('indexeddb'), healthy('indexeddb', 3)]
    : [
        ...[simulation('memory'), healthy('memory', 10)],
        ...[simulation('indexeddb'), healthy('indexeddb', 3)],
      ];
  return [
    { name: 'the tests of the file', files: own },
    { name: 'the conformance suite', files: [CONFORMANCE], names: '^(memory|IndexedDB):' },
    ...simulations,
    { name: 'the other tests of its folder', files: room },
  ];
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
