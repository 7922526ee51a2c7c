import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../package/paths.ts';
import { countIn } from './copy-library.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';
import { DOCUMENT, rowsOf } from './table.ts';

const names = PLANTED_BUGS.map(({ name }) => name);

test('planted bugs: the text that each of them replaces is found once in its file', () => {
  const misplaced = PLANTED_BUGS.filter(
    ({ file, from }) => countIn(readFileSync(join(root, file), 'utf8'), from) !== 1,
  );
  expect(misplaced.map(({ name, file }) => `${name}: ${file}`)).toEqual([]);
});

test('planted bugs: each changes its text, has a name of its own, and names a test that exists', () => {
  expect(new Set(names).size).toBe(names.length);
  expect(PLANTED_BUGS.filter(({ from, to }) => from === to)).toEqual([]);
  const tests = PLANTED_BUGS.flatMap((bug) => bug.test ?? bug.real ?? []);
  expect(tests.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('planted bugs: the document has a row for each', () => {
  expect([...rowsOf(readFileSync(DOCUMENT, 'utf8')).keys()]).toEqual(names);
});
