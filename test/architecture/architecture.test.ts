import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../package/paths.ts';
import { DOCUMENT, drawnDocument } from './document.ts';
import { nodesInCycles, reduced } from './graph.ts';
import { picture, roomGraph } from './pictures.ts';
import { filesOf, roomOf, roomsOf } from './room-of.ts';
import { PICTURES, ROOMS } from './rooms.ts';
import { importedPaths, readSources } from './source-tree.ts';
import { isNamedAfter, WORDS } from './words.ts';

const sources = readSources('src');

test('docs/architecture.md: it equals the page that npm run architecture draws from the imports of src', () => {
  expect(readFileSync(DOCUMENT, 'utf8')).toBe(drawnDocument(sources));
});

test('rooms: each has a file, and a sentence about its purpose', () => {
  for (const room of ROOMS) {
    expect(sources.filter(({ path }) => roomOf(path) === room)).not.toEqual([]);
    expect(room.purpose).toMatch(/^[A-Z].*\.$/);
  }
});

for (const drawn of PICTURES)
  test(`rooms of ${drawn.folder}: there is no circle of imports`, () => {
    const graph = roomGraph(filesOf(drawn, sources), roomsOf(drawn));
    expect(nodesInCycles(graph)).toEqual([]);
    expect([...graph.values()].some((to) => to.size > 0)).toBe(true);
  });

test('src: there is no circle of imports, types included', () => {
  const graph = new Map(sources.map(({ path, imports }) => [path, new Set(imports)]));
  expect(nodesInCycles(graph)).toEqual([]);
});

test('src: each imported file exists', () => {
  const missing = sources.flatMap(({ imports }) =>
    imports.filter((path) => !existsSync(join(root, path))),
  );
  expect(missing).toEqual([]);
});

test('words: the file of each word exists', () => {
  for (const { word, file } of WORDS) expect(existsSync(join(root, 'src', file)), word).toBe(true);
  const words = WORDS.map(({ word }) => word);
  expect(words).toEqual([...new Set(words)].toSorted());
});

test('words: each is in the name of its file, or the table has the reason', () => {
  for (const { word, file, why } of WORDS)
    expect(why === undefined, `${word}: ${file}`).toBe(isNamedAfter(file, word));
});

test('isNamedAfter: endings and hyphens may differ, and nothing else', () => {
  expect(isNamedAfter('core/runtime/backoff.ts', 'back-off')).toBe(true);
  expect(isNamedAfter('cleanup/guard-rows.ts', 'guard row')).toBe(true);
  expect(isNamedAfter('claiming/claimer.ts', 'claim lock')).toBe(false);
});

test('importedPaths: it finds imports of types, re-exports and dynamic imports, and ignores packages', () => {
  const text = `
    import type { A } from './a.ts';
    import { type B } from '../b.ts';
    export { c } from './c/d.ts';
    export type { E } from './e.ts';
    import { openDB } from 'idb';
    const later = import('./later.ts');
    // import { comment } from './comment.ts';
  `;
  const found = ['src/x/a.ts', 'src/b.ts', 'src/x/c/d.ts', 'src/x/e.ts', 'src/x/later.ts'];
  expect(importedPaths('src/x/y.ts', text)).toEqual(found);
});

test('reduced: an edge that follows from a longer way is left out', () => {
  const graph = new Map([
    ['top', new Set(['middle', 'bottom'])],
    ['middle', new Set(['bottom'])],
    ['bottom', new Set<string>()],
  ]);
  expect(reduced(graph).get('top')).toEqual(new Set(['middle']));
  expect(nodesInCycles(graph)).toEqual([]);
  expect(nodesInCycles(new Map([...graph, ['bottom', new Set(['top'])]]))).toEqual([
    'top',
    'middle',
    'bottom',
  ]);
});

test('picture: after a new import between rooms the picture differs', () => {
  const [whole] = PICTURES;
  const added = { path: 'src/core/added.ts', text: '', imports: ['src/platform/locks.ts'] };
  expect(picture(whole!, [...sources, added])).not.toBe(picture(whole!, sources));
});
