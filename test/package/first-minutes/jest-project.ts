import { join } from 'node:path';
import { documentedTests } from '../../runners/documented-tests.ts';
import type { Project } from './project.ts';
import { programFaults, runProgram } from './run-program.ts';

const PACKAGES = [
  'jest@30',
  'jest-environment-jsdom@30',
  '@babel/core@7',
  '@babel/preset-env@7',
  'fake-indexeddb@6',
];

/** As docs/testing.md says: Babel transforms the package, so Jest needs no flag. */
const CONFIG = {
  transformIgnorePatterns: ['node_modules/(?!(ackline|idb|nanoid)/)'],
  watchman: false,
};

const IN_JSDOM = `/** @jest-environment jsdom */
import { EventChannel, memoryBackend } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';

test('jsdom: memory works, and IndexedDB is an error that says what to do', async () => {
  expect(typeof document).toBe('object');
  const events = new EventChannel({ backend: memoryBackend() });
  const seen = [];
  events.listen('orders', ({ payload }) => seen.push(payload));
  await events.publish('orders', 1);
  await events.drain();
  expect(seen).toEqual([1]);
  await events.shutdown();
  const stored = new EventChannel({ backend: indexedDbBackend({ database: 'shop' }) });
  await expect(stored.publish('orders', 1)).rejects.toThrow('load fake-indexeddb in tests');
});
`;

/** CommonJS, and jsdom. */
export const JEST_WITH_BABEL: Project = {
  name: 'Jest, CommonJS by Babel, and jsdom',
  downloads: true,
  run: async ({ kit }) => {
    const files = {
      'babel.config.json': JSON.stringify({
        presets: [['@babel/preset-env', { targets: { node: 'current' } }]],
      }),
      'jest.config.json': JSON.stringify(CONFIG),
      'documented.test.js': documentedTests('Jest'),
      'page.test.js': IN_JSDOM,
    };
    const folder = await kit.download(files, PACKAGES);
    const jest = join(folder, 'node_modules/jest/bin/jest.js');
    const running = runProgram(folder, process.execPath, [jest, '--ci'], 600_000);
    return programFaults('jest', running, [/4 passed, 4 total/]);
  },
};
