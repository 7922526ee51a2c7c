// Covers docs/README.md
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './package/paths.ts';

test('docs/README.md: links to every page of docs', () => {
  const index = readFileSync(join(root, 'docs/README.md'), 'utf8');
  const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  expect(pages.length).toBeGreaterThan(30);
  const isLinked = (name: string) => name === 'README.md' || index.includes(`](${name})`);
  expect(pages.filter((name) => !isLinked(name))).toEqual([]);
});
