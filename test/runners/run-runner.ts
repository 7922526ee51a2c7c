import { execFile } from 'node:child_process';

export interface Run {
  readonly code: unknown;
  readonly output: string;
}

/** Runs a test runner in a folder, on the Node of this test. Resolves when it has ended. */
export function runRunner(cwd: string, args: readonly string[]): Promise<Run> {
  // The variables of this runner would confuse the other one.
  const { VITEST, VITEST_WORKER_ID, VITEST_POOL_ID, NODE_OPTIONS, ...env } = process.env;
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, env, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code ?? error.signal), output: stdout + stderr }),
    );
  });
}
