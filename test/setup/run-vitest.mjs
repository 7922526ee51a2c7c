// Plain JavaScript, like run.mjs, because it must start on any Node from 20.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

/** @typedef {import('./plain-reporter.mjs').Count} Count */

/**
 * @typedef {object} VitestRun
 * @property {string} cwd
 * @property {readonly string[]} args
 * @property {NodeJS.ProcessEnv} env
 * @property {string} countFile Gets the numbers of the run, and is deleted before.
 * @property {number} priority Of the process and all that it starts, as `os.setPriority` takes it.
 */

/**
 * Runs Vitest. Each line of its output is printed when it is complete, because another run may print at the same time.
 *
 * @param {VitestRun} run
 * @returns {Promise<Count>} A run that fails has at least one failure, also where no test has failed.
 */
export async function runVitest({ cwd, args, env, countFile, priority }) {
  mkdirSync(dirname(countFile), { recursive: true });
  rmSync(countFile, { force: true });
  const child = spawn(
    process.execPath,
    [join(cwd, 'node_modules/vitest/vitest.mjs'), 'run', ...args],
    {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...env,
        ACKLINE_COUNT_FILE: countFile,
        ...(process.stdout.isTTY && { FORCE_COLOR: '1' }),
      },
    },
  );
  if (child.pid !== undefined) setPriority(child.pid, priority);
  createInterface({ input: child.stdout }).on('line', (line) => console.log(line));
  createInterface({ input: child.stderr }).on('line', (line) => console.error(line));
  const code = await new Promise((resolve) => {
    child.once('error', (error) => console.error(error));
    child.once('close', resolve);
  });
  if (!existsSync(countFile)) return { passed: 0, failed: 1, skipped: 0 };
  /** @type {Count} */
  const count = JSON.parse(readFileSync(countFile, 'utf8'));
  return code === 0 || count.failed > 0 ? count : { ...count, failed: 1 };
}
