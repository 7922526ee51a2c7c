import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../package/paths.ts';
import { falseClaims, isTest, saidToCover, unattributed, untested } from './coverage.ts';
import { filesUnder, readSource, readSources, type SourceFile } from './source-tree.ts';
import { commentsOf, hasLogic, mutableFieldCounts, titlesOf } from './syntax.ts';

/** Parsing all of src takes a while on a busy machine. */
const PATIENCE = { timeout: 60_000 };

const MOST_MUTABLE_FIELDS = 6;

/** Words that hide who acts: contexts, callers and backends have names. */
const UNCLEAR = /\b(whoever|told|tells?|he|his|him|(no|some|any|every)body|reckon\w*|befalls?)\b/i;

/** Words with several meanings: a lease is released, an event is nacked, a row is moved to quarantine. */
const AMBIGUOUS =
  /\b((put|moved) aside|(gives?|given|gave) back|hand(s|ed|ing)? (back|out|over))\b/i;

const sources = readSources('src');
const testFiles = readSources('test');
const tests = testFiles.filter(isTest);
const graph = new Map(
  [...sources, ...testFiles].map(({ path, imports }) => [path, new Set(imports)]),
);
// bench/README.md is generated from texts of the bench.
const documents = ['README.md', 'CHANGELOG.md', ...filesUnder('docs', '.md')];

const file = (text: string, path = 'src/some.ts'): SourceFile => ({ path, text, imports: [] });

test(`src: no class has more than ${MOST_MUTABLE_FIELDS} fields that change`, PATIENCE, () => {
  const crowded = sources
    .filter(({ text }) => text.includes('class'))
    .flatMap((source) =>
      [...mutableFieldCounts(source)]
        .filter(([, count]) => count > MOST_MUTABLE_FIELDS)
        .map(([name, count]) => `${name} in ${source.path}: ${count}`),
    );
  expect(crowded).toEqual([]);
});

/** The values that a file exports. Types are exported where other types need them. */
const EXPORTED = /^export (?:abstract |async )?(?:class|const|function\*?) (\w+)/gm;

/** The exported values whose names are in no other file. */
function unusedExports(exporting: readonly SourceFile[], all: readonly SourceFile[]): string[] {
  const filesOf = new Map<string, number>();
  for (const { text } of all)
    for (const word of new Set(text.match(/\w+/g))) filesOf.set(word, (filesOf.get(word) ?? 0) + 1);
  return exporting.flatMap(({ path, text }) =>
    [...text.matchAll(EXPORTED)]
      .filter(([, name = '']) => filesOf.get(name) === 1)
      .map(([, name]) => `${name} of ${path}`),
  );
}

test('src: each value that a file exports is named in another file', () => {
  const all = [...sources, ...testFiles, ...['bench', 'demo'].flatMap(readSources)];
  expect(unusedExports(sources, all)).toEqual([]);
});

test('unusedExports: it finds values alone, which no other file names', () => {
  const text = 'export const A = 1;\nexport function b() {}\nexport interface C {}';
  const files = [file(text), file('b();', 'src/other.ts')];
  expect(unusedExports(files, files)).toEqual(['A of src/some.ts']);
});

test(
  'src: each file with logic has a test of its name, or a test that names it as covered',
  PATIENCE,
  () => {
    expect(untested(sources, tests)).toEqual([]);
  },
);

test('test: each test of a source folder has the name of a file there, or names the files that it covers', () => {
  expect(unattributed(sources, tests)).toEqual([]);
});

test('test: each file that a test names as covered exists, and the test imports it', () => {
  expect(falseClaims(sources, tests, graph)).toEqual([]);
});

const isUnclear = (text: string) => UNCLEAR.test(text) || AMBIGUOUS.test(text);

/** The comments and titles of a file with such a word. */
function unclearTexts(source: SourceFile): readonly string[] {
  // Most files have no such word at all, and parsing takes a while.
  if (!isUnclear(source.text)) return [];
  const unclear = [...commentsOf(source), ...titlesOf(source)].filter(isUnclear);
  return unclear.map((text) => `${source.path}: ${text}`);
}

test(
  'src, test, bench, demo: no comment or title uses a word that hides who acts',
  PATIENCE,
  () => {
    const others = ['bench', 'demo'].flatMap(readSources);
    const scripts = ['test', 'bench', 'demo'].flatMap((folder) => filesUnder(folder, '.mjs'));
    const all = [...sources, ...testFiles, ...others, ...scripts.map(readSource)];
    expect(all.flatMap(unclearTexts)).toEqual([]);
  },
);

test('unclearTexts: it finds such words in comments and titles, and ignores code and other strings', () => {
  const text = `
    // nobody else
    test('an event is handed back', () => run('told'));
    describe.each([1])(\`whoever \${1}\`, () => {});
    const his = 1;
  `;
  expect(unclearTexts(file(text))).toEqual([
    'src/some.ts: // nobody else',
    'src/some.ts: an event is handed back',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the source of a title
    'src/some.ts: whoever ${1}',
  ]);
});

test('documents: none uses a word that hides who acts', () => {
  const unclear = documents.flatMap((path) =>
    readFileSync(join(root, path), 'utf8')
      .split('\n')
      .filter((line) => UNCLEAR.test(line))
      .map((line) => `${path}: ${line}`),
  );
  expect(unclear).toEqual([]);
});

test('mutableFieldCounts: fields that may be assigned again are counted, also in nested classes', () => {
  const text = `
    class Outer {
      readonly a = 1; static b = 2; static readonly c = 3;
      #d = 4; declare e: number; f?: string;
      get g() { return class { h = 5; }; }
    }
  `;
  const counts = [
    ['Outer', 3],
    ['a class without a name', 1],
  ] as const;
  expect(mutableFieldCounts(file(text))).toEqual(new Map(counts));
});

test('hasLogic: a file of types, imports and re-exports has none', () => {
  const types = `
    import type { A } from './a.ts';
    export { b } from './b.ts';
    export type C = A; interface D {} declare const e: string;
  `;
  expect(hasLogic(file(types))).toBe(false);
  expect(hasLogic(file(`${types} export const LIMIT = 1;`))).toBe(true);
});

test('commentsOf: it finds each comment once, and nothing in strings', () => {
  const text = `
    // first
    const a = '// no' + \`/* no \${/* inside */ 1} */\`; // behind
    /** of b */
    function b(/* given */) { return /\\/\\/ no/; /* at the end */ }
    // last
  `;
  expect(commentsOf(file(text))).toEqual([
    '// first',
    '/* inside */',
    '// behind',
    '/** of b */',
    '/* given */',
    '/* at the end */',
    '// last',
  ]);
});

test('saidToCover: it reads only the first comment, of one or more lines', () => {
  const comment = '// Covers src/a.ts,\n// src/b/*.ts\n';
  expect(saidToCover(file(comment))).toEqual(['src/a.ts', 'src/b/*.ts']);
  expect(saidToCover(file(`\n${comment}`))).toEqual([]);
  expect(saidToCover(file(`// Of order.\n${comment}`))).toEqual([]);
});

test('unattributed: a test of a source folder without such a name or comment is found', () => {
  const known = file('', 'src/core/known.ts');
  const found = unattributed(
    [known],
    [
      file('', 'test/core/known.test.ts'),
      file('// Covers src/core/known.ts\n', 'test/core/other.test.ts'),
      file('', 'test/core/third.test.ts'),
      file('', 'test/demo/demo.test.ts'),
    ],
  );
  expect(found).toEqual(['test/core/third.test.ts']);
});

test('untested: a file counts as tested by a test of its name or by a covered file or folder, and types need none', () => {
  const logic = 'export const a = 1;';
  const named = file(logic, 'src/core/named.ts');
  const covered = file(logic, 'src/core/covered.ts');
  const inFolder = file(logic, 'src/core/cases/one.ts');
  const deeper = file(logic, 'src/core/cases/deep/one.ts');
  const types = file('export type A = 1;', 'src/core/types.ts');
  const found = untested(
    [named, covered, inFolder, deeper, types],
    [
      file('', 'test/core/named.browser.test.ts'),
      file('// Covers src/core/covered.ts, src/core/cases/*.ts\n', 'test/core/other.test.ts'),
    ],
  );
  expect(found).toEqual(['src/core/cases/deep/one.ts']);
});

test('falseClaims: a covered file exists, and is imported unless the test runs it elsewhere', () => {
  const known = file('', 'src/known.ts');
  const far = file('// Covers src/known.ts\n', 'test/far.test.ts');
  const near = file('// Covers src/known.ts, src/gone.ts\n', 'test/near.test.ts');
  const links = new Map([['test/near.test.ts', new Set(['src/other.ts'])]]);
  expect(falseClaims([known], [far, near], links)).toEqual([
    'test/near.test.ts: src/known.ts',
    'test/near.test.ts: src/gone.ts',
  ]);
});
