import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root, temporary } from '../package/paths.ts';
import { documentedTests } from './documented-tests.ts';
import { runRunner } from './run-runner.ts';

const folder = join(temporary, 'vitest');
const source = (file: string) => join(root, 'src', file);

const config = {
  test: { include: ['*.test.ts'], setupFiles: ['fake-indexeddb/auto'] },
  resolve: {
    alias: [
      { find: 'ackline/indexeddb', replacement: source('indexeddb.ts') },
      { find: 'ackline/testing', replacement: source('testing.ts') },
      { find: 'ackline', replacement: source('index.ts') },
    ],
  },
};

test('Vitest: the tests of docs/testing.md pass', async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'vitest.config.js'), `export default ${JSON.stringify(config)};`);
  writeFileSync(join(folder, 'documented.test.ts'), documentedTests('Vitest'));
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const { code, output } = await runRunner(folder, [vitest, 'run', '--root', folder]);
  expect([code, output]).toEqual([0, expect.stringContaining('3 passed')]);
}, 60_000);
