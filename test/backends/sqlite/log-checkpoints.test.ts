// Covers src/backends/sqlite/connection.ts
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { root } from '../../package/paths.ts';
import { temporaryFile } from './temporary-database.ts';

const run = promisify(execFile);
const PROCESSES = 4;
const EVENTS = 1_000;
/** Without checkpoints of its own the log has about 14 KB for each event. */
const MOST_BYTES = 30_000_000;

test('the log of a file in which four processes write without a pause stays small', {
  timeout: 120_000,
}, async () => {
  const file = temporaryFile();
  const script = `${file}.mjs`;
  await build({
    entryPoints: [join(root, 'test/backends/sqlite/busy-actor.ts')],
    ...{ outfile: script, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' },
  });
  const start = () => run(process.execPath, [script, file, String(EVENTS)]);
  const ended = await Promise.all(Array.from({ length: PROCESSES }, start));
  const sizes = ended.map(({ stdout }) => Number(stdout));
  expect(Math.min(...sizes)).toBeGreaterThan(0);
  expect(Math.max(...sizes)).toBeLessThan(MOST_BYTES);
});
