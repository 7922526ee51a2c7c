import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../package/paths.ts';
import { filesUnder } from './source-tree.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const manifest: { readonly version: string; readonly exports: Readonly<Record<string, unknown>> } =
  JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

test('README: its tarball has the version of the package', () => {
  const tarballs = [...readme.matchAll(/ackline-(\d+\.\d+\.\d+)\.tgz/g)].map(
    ([, version]) => version,
  );
  expect(tarballs.length).toBeGreaterThan(0);
  expect(new Set(tarballs)).toEqual(new Set([manifest.version]));
});

test('README: the table of entries names each entry of the package once', () => {
  const rows =
    readme
      .split('\n## ')
      .find((part) => part.startsWith('Entries'))
      ?.split('\n') ?? [];
  const named = rows
    .filter((row) => row.startsWith('| `ackline'))
    .flatMap((row) => row.split('|')[1]?.match(/ackline[/\w]*/g) ?? []);
  const entries = Object.keys(manifest.exports).filter((entry) => !entry.endsWith('.json'));
  expect(named.toSorted()).toEqual(
    entries.map((entry) => entry.replace('.', 'ackline')).toSorted(),
  );
});

test('README: each page of docs is linked from it, or from a page that is', () => {
  // GitHub lists the decisions by their titles.
  const pages = filesUnder('docs', '.md').filter((page) => !page.startsWith('docs/decisions/'));
  const reached = new Set<string>();
  const visit = (path: string) => {
    if (reached.has(path)) return;
    reached.add(path);
    const text = readFileSync(join(root, path), 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\(([^)#\s]+\.md)(?:#[^)]*)?\)/g))
      if (!target.includes(':')) visit(join(path, '..', target));
  };
  visit('README.md');
  expect(pages.filter((page) => !reached.has(page))).toEqual([]);
});
