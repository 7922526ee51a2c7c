import { expect, test } from 'vitest';
import {
  anchors,
  deadLinks,
  localLinks,
  missingFiles,
  nameableFiles,
  namedFiles,
} from './links.ts';
import { filesUnder } from './source-tree.ts';

const documents = ['README.md', 'CHANGELOG.md', 'bench/README.md', ...filesUnder('docs', '.md')];
const known = nameableFiles();

for (const path of documents) {
  test(`${path}: no link leads nowhere`, () => {
    expect(deadLinks(path)).toEqual([]);
  });

  test(`${path}: each source file that it names exists`, () => {
    expect(missingFiles(path, known)).toEqual([]);
  });
}

test('localLinks: takes links to files and headings, and leaves the web and code', () => {
  const text = '[a](b.md#c) [d](#e) [f](https://example.org)\n```ts\n[g](h.md)\n```\n![i](j.svg)';
  expect(localLinks(text)).toEqual(['b.md#c', '#e', 'j.svg']);
});

test('anchors: are those of GitHub', () => {
  const text = '# A `b`, c: D-e\n```sh\n# no\n```\n## `indexedDB.open` (late)';
  expect(anchors(text)).toEqual(['a-b-c-d-e', 'indexeddbopen-late']);
});

test('namedFiles: takes names in backquotes, and leaves code', () => {
  expect(namedFiles('`core/a.ts`, `b*.test.ts`, `c.d`\n```\n`e.ts`\n```')).toEqual([
    'core/a.ts',
    'b*.test.ts',
  ]);
});
