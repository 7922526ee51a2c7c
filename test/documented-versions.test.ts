// Covers docs/comparison.md
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './package/paths.ts';

const read = (file: string): string => readFileSync(join(root, file), 'utf8');

test('docs/comparison.md: the versions are those that the benchmark uses', () => {
  const [, table = ''] = read('docs/comparison.md').split('## Versions');
  const rows = [...table.matchAll(/^\| ([@\w/-]+) \| ([\d.]+)(?:, read)? \|/gm)];
  const { devDependencies } = JSON.parse(read('package.json')) as {
    devDependencies: Readonly<Record<string, string>>;
  };
  const peers = read('bench/postgres/run.ts');
  const used = (name: string): string | undefined =>
    devDependencies[name] ?? new RegExp(`${name}@([\\d.]+)`).exec(peers)?.[1];
  const compared = rows.filter(([, name]) => used(name!) !== undefined);
  expect(compared.length).toBeGreaterThan(9);
  for (const [, name, version] of compared) expect([name, version]).toEqual([name, used(name!)]);
});
