import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../package/paths.ts';
import {
  anchors,
  deadLinks,
  localLinks,
  missingDocuments,
  missingFiles,
  nameableFiles,
  namedFiles,
  quotedTitles,
} from './links.ts';
import { filesUnder, readSources } from './source-tree.ts';

const documents = [
  'README.md',
  'CHANGELOG.md',
  'SECURITY.md',
  'llms.txt',
  'bench/README.md',
  ...filesUnder('docs', '.md'),
];
const known = nameableFiles();

for (const path of documents) {
  test(`${path}: no link leads nowhere`, () => {
    expect(deadLinks(path)).toEqual([]);
  });

  test(`${path}: each source file that it names exists`, () => {
    expect(missingFiles(path, known)).toEqual([]);
  });
}

// Parsing takes a while on a busy machine.
test('comments: each document that they name exists', { timeout: 60_000 }, () => {
  const files = ['src', 'test', 'bench', 'demo'].flatMap(readSources);
  const missing = files.flatMap((file) =>
    missingDocuments(file, known).map((name) => `${file.path}: ${name}`),
  );
  expect(missing).toEqual([]);
});

test('docs/hazards.md: each title of a test that it quotes exists', () => {
  const texts = ['test', 'src/testing'].flatMap(readSources).map(({ text }) => text);
  const quoted = quotedTitles(readFileSync(join(root, 'docs/hazards.md'), 'utf8'));
  expect(quoted.length).toBeGreaterThan(30);
  expect(quoted.filter((title) => !texts.some((text) => text.includes(title)))).toEqual([]);
});

test('quotedTitles: it finds italics in tables, cut at each …, and ignores code and bold text', () => {
  const text = '*no*\n| `a*.ts`; `b.ts`: *one…*, *…two … three* | **bold** |';
  expect(quotedTitles(text)).toEqual(['one', 'two', 'three']);
});

test('missingDocuments: it checks whole names and beginnings of names, and ignores strings', () => {
  const text = "// docs/a.md, docs/decisions/0030.\n/** docs/gone.md */ const b = 'docs/b.md';";
  const file = { path: 'src/some.ts', text, imports: [] };
  const known = ['docs/a.md', 'docs/decisions/0030-guards.md'];
  expect(missingDocuments(file, known)).toEqual(['docs/gone.md']);
});

test('localLinks: it finds links to files and headings, and ignores the web and code', () => {
  const text = '[a](b.md#c) [d](#e) [f](https://example.org)\n```ts\n[g](h.md)\n```\n![i](j.svg)';
  expect(localLinks(text)).toEqual(['b.md#c', '#e', 'j.svg']);
});

test('anchors: they equal those of GitHub', () => {
  const text = '# A `b`, c: D-e\n```sh\n# no\n```\n## `indexedDB.open` (late)';
  expect(anchors(text)).toEqual(['a-b-c-d-e', 'indexeddbopen-late']);
});

test('namedFiles: it finds names in backquotes, and ignores code', () => {
  expect(namedFiles('`core/a.ts`, `b*.test.ts`, `c.d`\n```\n`e.ts`\n```')).toEqual([
    'core/a.ts',
    'b*.test.ts',
  ]);
});
