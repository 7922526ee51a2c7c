import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root, temporary } from '../package/paths.ts';
import { installPackage } from '../support/install-package.ts';
import { runRunner } from './run-runner.ts';

const PATIENCE = { timeout: 120_000 };

/** One channel over each built-in backend, none of which is shut down. */
const forgetfulTests = (library: string) => `
import 'fake-indexeddb/auto';
import { expect, test } from '${library}';
import { EventChannel, memoryBackend } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { indexedDbBackend } from 'ackline/indexeddb';

test.each([
  ['memory', () => memoryBackend()],
  ['IndexedDB', () => indexedDbBackend({ database: 'forgotten' })],
  ['broadcast', () => broadcastBackend({ name: 'forgotten' })],
])('%s: listens, publishes, and forgets shutdown()', async (_, open) => {
  const events = new EventChannel({ backend: open() });
  const handled = new Promise((resolve) => {
    events.listen('orders', ({ payload }) => resolve(payload));
  });
  await events.publish('orders', 1);
  expect(await handled).toBe(1);
});
`;

/** The only file of the run, so Jest runs it in its main process, which Jest does not end by force. */
test('Jest ends by itself after tests that forgot shutdown()', PATIENCE, async () => {
  const folder = join(temporary, 'forgetful-jest');
  await installPackage(folder);
  writeFileSync(join(folder, 'forgetful.test.js'), forgetfulTests('@jest/globals'));
  const config = JSON.stringify({ testEnvironment: 'node', transform: {}, watchman: false });
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const args = ['--experimental-vm-modules', jest, '--ci', '--runInBand', '--config', config];
  const { code, output } = await runRunner(folder, args);
  expect([code, output]).toEqual([0, expect.stringContaining('3 passed, 3 total')]);
  expect(output).not.toContain('did not exit');
});

/** Vitest ends its workers by force. So the tests themselves check for a hold of the library, which is a message port. */
const NOTHING_HOLDS = `
test('no resource of the library keeps the worker alive', async () => {
  const resources = () => process.getActiveResourcesInfo();
  await expect.poll(resources, { timeout: 20_000 }).not.toContain('MessagePort');
});
`;

test('Vitest ends by itself after tests that forgot shutdown()', PATIENCE, async () => {
  const folder = join(temporary, 'forgetful-vitest');
  await installPackage(folder);
  writeFileSync(
    join(folder, 'vitest.config.js'),
    'export default { test: { testTimeout: 30_000 } };',
  );
  writeFileSync(join(folder, 'forgetful.test.js'), forgetfulTests('vitest') + NOTHING_HOLDS);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--root', folder, '--pool', 'forks'];
  const { code, output } = await runRunner(folder, args);
  expect([code, output]).toEqual([0, expect.stringContaining('4 passed')]);
  expect(output).not.toContain('timed out');
});
