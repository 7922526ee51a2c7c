// Covers test/setup/run-vitest.mjs
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { root, temporary } from '../package/paths.ts';
import { runVitest } from './run-vitest.mjs';

const PATIENCE = { timeout: 60_000 };

let folder: string;
let printed: string[];

beforeEach(() => {
  mkdirSync(temporary, { recursive: true });
  folder = mkdtempSync(join(temporary, 'vitest-'));
  const reporters = ['default', join(root, 'test/setup/plain-reporter.mjs')];
  const config = { root: folder, test: { reporters } };
  writeFileSync(join(folder, 'vite.config.mjs'), `export default ${JSON.stringify(config)};`);
  printed = [];
  vi.spyOn(console, 'log').mockImplementation((line) => void printed.push(String(line)));
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

function run(tests: string, priority = 0) {
  const imports = "import { expect, test } from 'vitest'; import { getPriority } from 'node:os';";
  writeFileSync(join(folder, 'some.test.mjs'), imports + tests);
  const args = ['--config', join(folder, 'vite.config.mjs')];
  const countFile = join(folder, 'count.json');
  return runVitest({ cwd: root, args, env: process.env, countFile, priority });
}

test(
  'it counts the tests, prints their lines, and runs them with the priority',
  PATIENCE,
  async () => {
    const tests = `
    test('one', () => expect(getPriority()).toBe(7));
    test('two', () => expect(1).toBe(2));
    test.skip('three', () => undefined);`;
    expect(await run(tests, 7)).toEqual({ passed: 1, failed: 1, skipped: 1 });
    expect(printed.join('\n')).toContain('some.test.mjs');
  },
);

test('a run that fails without a failed test has one failure', PATIENCE, async () => {
  const tests = "test('one', () => void Promise.reject(new Error('late')));";
  expect(await run(tests)).toEqual({ passed: 1, failed: 1, skipped: 0 });
});

test('so has one without a test', PATIENCE, async () => {
  expect(await run('')).toEqual({ passed: 0, failed: 1, skipped: 0 });
});
