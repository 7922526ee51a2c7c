import { type Graph, reachable } from './graph.ts';
import type { SourceFile } from './source-tree.ts';
import { hasLogic } from './syntax.ts';

const TEST_NAME = /(\.(browser|dom|e2e|jsdom|zone))*\.test(-d)?\.ts$/;
const COVERS = /^Covers (.+)$/;

export const isTest = ({ path }: { readonly path: string }): boolean => TEST_NAME.test(path);

/** `src/a/b.ts` for `test/a/b.test.ts`, whether there is such a file or not. */
function mirrored(path: string): string {
  return path.replace(/^test\//, 'src/').replace(TEST_NAME, '.ts');
}

/** What the first comment of a test says it covers: `// Covers src/a.ts, src/b/*.ts`, over one line or more. */
export function saidToCover({ text }: SourceFile): readonly string[] {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !(line.startsWith('// ') && line.endsWith(',')));
  const comment = lines.slice(0, end + 1).map((line) => line.replace(/^\/\/ /, ''));
  const [, list = ''] = COVERS.exec(comment.join(' ')) ?? [];
  return list
    .split(',')
    .map((path) => path.trim())
    .filter((path) => path !== '');
}

function matches(path: string, covered: string): boolean {
  const folder = covered.endsWith('/*.ts') && covered.slice(0, -'*.ts'.length);
  return folder
    ? path.startsWith(folder) && !path.slice(folder.length).includes('/')
    : path === covered;
}

/** The paths of the tests of a file of src: those of its name, and those that say that they cover it. */
export function testsOf(source: string, tests: readonly SourceFile[]): readonly string[] {
  const isOfSource = (test: SourceFile) =>
    mirrored(test.path) === source || saidToCover(test).some((pattern) => matches(source, pattern));
  return tests.filter(isOfSource).map(({ path }) => path);
}

/** Files with logic that have no test of their name, and that no test says it covers. */
export function untested(
  sources: readonly SourceFile[],
  tests: readonly SourceFile[],
): readonly string[] {
  const names = new Set(tests.map(({ path }) => mirrored(path)));
  const covered = tests.flatMap(saidToCover);
  const isTested = (path: string) =>
    names.has(path) || covered.some((pattern) => matches(path, pattern));
  return sources.filter((file) => hasLogic(file) && !isTested(file.path)).map(({ path }) => path);
}

/** Tests of a folder of `src` with neither the name of a file there nor a comment that says what they cover. */
export function unattributed(
  sources: readonly SourceFile[],
  tests: readonly SourceFile[],
): readonly string[] {
  const known = new Set(sources.map(({ path }) => path));
  const folders = new Set(sources.map(({ path }) => path.split('/')[1]));
  const isOfSource = ({ path }: SourceFile) => folders.has(path.split('/')[1]);
  const isAttributed = (test: SourceFile) =>
    known.has(mirrored(test.path)) || saidToCover(test).length > 0;
  return tests.filter((test) => isOfSource(test) && !isAttributed(test)).map(({ path }) => path);
}

/**
 * Lines that name a file of src that does not exist, or that the test does not import, not even through others. A test
 * that runs the library in another process or a browser imports none of it.
 */
export function falseClaims(
  sources: readonly SourceFile[],
  tests: readonly SourceFile[],
  graph: Graph,
): readonly string[] {
  return tests.flatMap((test) => {
    const imported = reachable(graph, test.path);
    const isElsewhere = ![...imported].some((path) => path.startsWith('src/'));
    const isFalse = (pattern: string) => {
      const files = sources.filter(({ path }) => matches(path, pattern));
      return files.length === 0 || !(isElsewhere || files.some(({ path }) => imported.has(path)));
    };
    return saidToCover(test)
      .filter((pattern) => pattern.startsWith('src/') && isFalse(pattern))
      .map((pattern) => `${test.path}: ${pattern}`);
  });
}
