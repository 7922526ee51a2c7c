// Runs the suites of the ingress and of the HTTP senders in other runtimes than Node.
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../package/paths.ts';

/** Tests that use no timers of Vitest and no browser. */
const SUITES = [
  ...globSync('test/ingress/*.test.ts', { cwd: root }).filter((name) => !name.includes('.e2e.')),
  ...[
    'http-sender',
    'http-batch-sender',
    'http-faults',
    'dispatcher',
    'send-gate',
    'batch-sender',
  ].map((name) => `test/outbox/${name}.test.ts`),
].toSorted();

const programOf = (name: string) => join(root, 'node_modules/.bin', name);
const vitest = join(root, 'node_modules/vitest/vitest.mjs');

/** The output of a program without its colours, whether it succeeds or not. */
function run(name: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const options = { cwd: root, timeout: 240_000, maxBuffer: 100_000_000 };
    execFile(programOf(name), args, options, (_, stdout, stderr) => {
      const colour = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
      resolve((stdout + stderr).replaceAll(colour, ''));
    });
  });
}

test('the suites of the ingress and the HTTP senders pass in Bun', async () => {
  const output = await run('bun', ['test', '--timeout', '60000', ...SUITES]);
  expect(output.match(/^\(fail\).*$/gm) ?? []).toEqual([]);
  expect(Number(/^ *(\d+) pass$/m.exec(output)?.[1]), output.slice(-2_000)).toBeGreaterThan(150);
  expect(/^ *0 fail$/m.test(output), output.slice(-2_000)).toBe(true);
}, 300_000);

test('the suites of the ingress and the HTTP senders pass in Deno', async () => {
  const args = ['run', '-A', '--node-modules-dir=manual', vitest, 'run', '--project', 'node'];
  const output = await run('deno', [...args, ...SUITES]);
  const [, count] = /^ *Tests +(\d+) passed \(\d+\)$/m.exec(output) ?? [];
  expect(Number(count), output.slice(-2_000)).toBeGreaterThan(150);
}, 300_000);
