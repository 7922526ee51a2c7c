import { posix } from 'node:path';
import { testsOf } from '../architecture/coverage.ts';
import type { SourceFile } from '../architecture/source-tree.ts';
import type { Check } from '../planted-bugs/checks.ts';
import { FARTHER, NEIGHBOURS } from './mutation-result.ts';

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

/** How many test files run as one check, so that each check ends within its limit. */
const FILES_AT_ONCE = 20;
/** Other suites that run the library in this process, but take long. */
const SLOW = ['test/model/model.test.ts', 'test/simulation/each-failure.test.ts'];

/**
 * The checks of a mutant of `file`, in the order in which they run. First those that catch most of them: the tests of the file,
 * the conformance suite over memory and IndexedDB, and the simulations. Then what only a mutant pays for that passed all of
 * these: the other tests of its folder, those of the folders that use it, slow suites, and the suite over every backend.
 * `isSurvivor`: the simulations have passed before. The tests of the file run again, since tests may have been added.
 */
export function checksOf(
  file: string,
  tests: readonly SourceFile[],
  isSurvivor: boolean,
): readonly MutantCheck[] {
  const own = testsOf(file, tests).filter(isOfNode);
  const folder = posix.dirname(file).replace(/^src/, 'test');
  const others = tests
    .map(({ path }) => path)
    .filter((path) => isOfNode(path) && !own.includes(path));
  const neighbours = others.filter((path) => posix.dirname(path) === folder);
  const users = usersOf(file);
  const farther = others.filter(
    (path) => !neighbours.includes(path) && users.some((user) => path.startsWith(user)),
  );
  const ofFile = { name: 'the tests of the file', files: own };
  const conformance = { name: 'the conformance suite', files: [CONFORMANCE] };
  return [
    ofFile,
    ...(isSurvivor ? [] : [{ ...conformance, names: '^(memory|IndexedDB):' }]),
    ...(isSurvivor ? [] : simulationsOf(file)),
    { name: NEIGHBOURS, files: neighbours },
    ...chunksOf([...farther, ...SLOW]).map((files) => ({ name: FARTHER, files })),
    conformance,
  ];
}

/** The folders of the tests that may notice a change of the file. */
function usersOf(file: string): readonly string[] {
  if (file.startsWith('src/backends/')) return ['test/backends/indexeddb/'];
  const users = ['test/core/', 'test/queue/', 'test/backends/memory/', 'test/backends/indexeddb/'];
  return file.startsWith('src/queue/') ? users.toReversed() : users;
}

function chunksOf(files: readonly string[]): readonly (readonly string[])[] {
  const count = Math.ceil(files.length / FILES_AT_ONCE);
  return Array.from({ length: count }, (_, index) =>
    files.slice(index * FILES_AT_ONCE, (index + 1) * FILES_AT_ONCE),
  );
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
