import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packedFaults } from './packed-faults.ts';
import { root } from './paths.ts';

const modules = ['./dist/index.js', './dist/index.d.ts'];
const paths = [
  'package.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'dist/index.js',
  'dist/index.d.ts',
];
const packed = (files: readonly string[], size = 1) => ({
  filename: 'ackline.tgz',
  size,
  unpackedSize: size,
  files: files.map((path) => ({ path })),
});

test('packedFaults: a package with its modules and its documents has none', () => {
  expect(packedFaults(packed(paths), modules)).toEqual([]);
});

test('packedFaults: it names what is missing', () => {
  const files = paths.filter((path) => path !== 'LICENSE' && path !== 'dist/index.d.ts');
  expect(packedFaults(packed(files), modules)).toEqual([
    'the package lacks LICENSE',
    'the package lacks dist/index.d.ts',
  ]);
});

test('packedFaults: it names tests, sources, maps and other files', () => {
  const foreign = [
    'src/index.ts',
    'dist/index.js.map',
    'dist/core/delivery.test.js',
    'dist/test/backends.js',
    'test/.tmp/a.js',
    '.npmrc',
    'docs/figures.md',
  ];
  expect(packedFaults(packed([...paths, ...foreign]), modules)).toEqual(
    foreign.map((path) => `the package holds ${path}`),
  );
});

test('packedFaults: it names a package that is too large', () => {
  expect(packedFaults(packed(paths, 4_000_000), modules)).toEqual([
    'the size of the package is 4000000, over 900000',
    'the unpackedSize of the package is 4000000, over 3200000',
  ]);
});

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const { version, files } = JSON.parse(read('package.json'));

test('package.json: it publishes dist and three documents, and its version has a heading in CHANGELOG.md', () => {
  expect(files).toEqual(['dist', 'README.md', 'LICENSE', 'CHANGELOG.md']);
  expect(read('CHANGELOG.md')).toContain(`\n## [${version}]`);
  expect(JSON.parse(read('package-lock.json')).version).toBe(version);
});

test('release.yml: it builds, tests and checks before it publishes with provenance, and stores no token', () => {
  const workflow = read('.github/workflows/release.yml');
  const steps = [...workflow.matchAll(/^ +- run: (.*)$/gm)].map(([, command]) => command);
  expect(steps).toEqual([
    'npm ci',
    'npm test',
    'npm ci',
    'npm run build',
    'npm run check:package',
    'npm publish --provenance --access public',
  ]);
  expect(workflow).toMatch(/needs: test\n/);
  expect(workflow.match(/id-token: write/g)).toHaveLength(1);
  expect(workflow).not.toMatch(/secrets\.|NODE_AUTH_TOKEN|\/(?:home|Users|work|tmp)\//);
  const { scripts } = JSON.parse(read('package.json'));
  for (const [, script = ''] of workflow.matchAll(/npm run ([\w:]+)/g))
    expect(scripts).toHaveProperty([script]);
});

test('llms.txt: it names every entry, and nothing that is not there', () => {
  const text = read('llms.txt');
  const { exports } = JSON.parse(read('package.json'));
  const entries = Object.keys(exports)
    .filter((entry) => entry !== './package.json')
    .map((entry) => entry.replace(/^\./, 'ackline'));
  const named = new Set([...text.matchAll(/`(ackline(?:\/[\w-]+)?)`/g)].map(([, name]) => name));
  expect([...named].toSorted()).toEqual(entries.toSorted());
  const links = [...text.matchAll(/\]\(([^)#]+)/g)].map(([, target = '']) => target);
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter((target) => !existsSync(join(root, target)))).toEqual([]);
});
