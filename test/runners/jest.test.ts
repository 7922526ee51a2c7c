import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root, temporary } from '../package/paths.ts';
import { installPackage } from '../support/install-package.ts';
import { documentedTests } from './documented-tests.ts';
import { runRunner } from './run-runner.ts';

const folder = join(temporary, 'jest');

/** Everything that Jest's modern timers fake by default, also `queueMicrotask`, `setImmediate` and `nextTick`. */
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

test('Jest: the tests of docs/testing.md pass, and so do all fake timers over memory', async () => {
  await installPackage(folder);
  writeFileSync(join(folder, 'documented.test.js'), documentedTests('Jest'));
  writeFileSync(join(folder, 'memory.test.js'), OVER_MEMORY);
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const config = { testEnvironment: 'node', transform: {}, watchman: false };
  const { code, output } = await runRunner(folder, [
    '--experimental-vm-modules',
    jest,
    '--ci',
    '--config',
    JSON.stringify(config),
  ]);
  expect([code, output]).toEqual([0, expect.stringContaining('5 passed, 5 total')]);
}, 60_000);
