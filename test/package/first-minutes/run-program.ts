import { execFile } from 'node:child_process';

export interface Ran {
  readonly code: unknown;
  readonly output: string;
}

const TIMEOUT_MS = 120_000;

/**
 * The environment of a visitor. Vite sets `NODE_ENV` in this process when a project before used it, and `next build` fails with
 * `NODE_ENV=development`: {@link https://github.com/vercel/next.js/issues/86178}.
 */
export function ownEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS, NODE_ENV, VITEST, ...env } = process.env;
  return { ...env, NO_COLOR: '1' };
}

/** Runs a program in a folder. Resolves when it has ended, whether it succeeded or not. */
export function runProgram(
  cwd: string,
  program: string,
  args: readonly string[],
  timeout: number = TIMEOUT_MS,
): Promise<Ran> {
  const options = { cwd, timeout, env: ownEnvironment(), maxBuffer: 100_000_000 };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code ?? error.signal), output: stdout + stderr }),
    );
  });
}

const SHOWN = 1_500;

/** What was wrong with a program that should succeed and print all of `expected`. */
export async function programFaults(
  what: string,
  running: Promise<Ran>,
  expected: readonly RegExp[] = [],
): Promise<readonly string[]> {
  const { code, output } = await running;
  const end = output.slice(-SHOWN);
  if (code !== 0) return [`${what} ended with ${code}: ${end}`];
  return expected
    .filter((line) => !line.test(output))
    .map((line) => `${what} did not print ${line}: ${end}`);
}
