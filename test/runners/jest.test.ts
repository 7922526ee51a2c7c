import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { readManifest, root, temporary } from '../package/paths.ts';
import { documentedTests } from './documented-tests.ts';
import { runRunner } from './run-runner.ts';

const folder = join(temporary, 'jest');
const installed = join(folder, 'node_modules/ackline');

/** All that Jest's modern timers fake by default: `queueMicrotask`, `setImmediate` and `nextTick` among it. */
const OVER_MEMORY = `
import { afterEach, expect, jest, test } from '@jest/globals';
import { EventChannel, memoryBackend, SyncEventChannel, syncMemoryBackend } from 'ackline';

afterEach(() => {
  jest.useRealTimers();
});

test('memory: all fake timers can be run', async () => {
  jest.useFakeTimers();
  const events = new EventChannel({ backend: memoryBackend() });
  const seen = [];
  events.listen('orders', ({ payload }) => seen.push(payload));
  await jest.runAllTimersAsync();
  await events.publish('orders', 1);
  await events.publish('orders', 2, null, { delayMs: 60_000 });
  await jest.runAllTimersAsync();
  expect([seen, jest.getTimerCount()]).toEqual([[1, 2], 0]);
  await events.shutdown();
});

test('synchronous memory: listeners run by themselves', async () => {
  jest.useFakeTimers();
  const events = new SyncEventChannel({ backend: syncMemoryBackend() });
  const seen = [];
  events.listen('orders', ({ payload }) => seen.push(payload));
  events.publish('orders', 1);
  await Promise.resolve();
  expect(seen).toEqual([1]);
  events.shutdown();
});
`;

/** The package of the present source, as it is installed: entries and their shared parts, ESM. */
async function installPackage(): Promise<void> {
  const { exports } = readManifest();
  const doors = Object.keys(exports).filter((door) => !door.endsWith('.json'));
  const entryPoints = doors.map((door) =>
    join(root, 'src', door === '.' ? 'index.ts' : `${door.slice(2)}.ts`),
  );
  await build({
    entryPoints,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    outdir: join(installed, 'dist'),
    external: ['idb', 'nanoid'],
  });
  writeFileSync(join(installed, 'package.json'), JSON.stringify({ type: 'module', exports }));
}

test('Jest: the ways of docs/testing.md work, and all fake timers over memory', async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(installed, { recursive: true });
  await installPackage();
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(join(folder, 'documented.test.js'), documentedTests('Jest'));
  writeFileSync(join(folder, 'memory.test.js'), OVER_MEMORY);
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const config = { testEnvironment: 'node', transform: {}, watchman: false };
  const { code, said } = await runRunner(folder, [
    '--experimental-vm-modules',
    jest,
    '--ci',
    '--config',
    JSON.stringify(config),
  ]);
  expect([code, said]).toEqual([0, expect.stringContaining('5 passed, 5 total')]);
}, 60_000);
