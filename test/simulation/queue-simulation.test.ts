// Covers src/backends/indexeddb/indexeddb-store.ts, src/backends/indexeddb/indexeddb-backend.ts
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../package/paths.ts';

interface Run {
  readonly code: number;
  readonly printed: string;
}

/** In a process of its own, since a simulation replaces what fake-indexeddb goes by. */
function simulate(...args: readonly string[]): Promise<Run> {
  const entries = join(root, 'test/setup/source-entries.mjs');
  const program = join(root, 'test/simulation/run.ts');
  return new Promise((resolve) => {
    const given = ['--import', entries, program, ...args];
    execFile(process.execPath, given, { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), printed: stdout + stderr });
    });
  });
}

for (const seed of [1, 501])
  test.concurrent(`seeds ${seed} to ${seed + 499}: every invariant holds, whatever happens to contexts, storage and hints`, {
    timeout: 300_000,
  }, async () => {
    const { code, printed } = await simulate('--seed', String(seed), '--seeds', '500');
    expect({ code, printed }).toEqual({
      code: 0,
      printed: expect.stringContaining('{"seeds":500'),
    });
  });

test.concurrent('the same seed makes the same history', { timeout: 60_000 }, async () => {
  const runs = await Promise.all([1, 2].map(() => simulate('--seed', '7', '--history')));
  expect(runs[0]).toEqual(runs[1]);
  expect(runs[0]?.printed).toContain('"operation":"ack"');
});
