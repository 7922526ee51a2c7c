import { execFile } from 'node:child_process';
import type { Check } from './checks.ts';

const DEFAULT_LIMIT_MS = 240_000;

/** `isLate`: the check did not end in time. `sign`: what it printed first about a fault. Both are absent where it passed. */
export interface CheckResult {
  readonly isLate?: boolean;
  readonly sign?: string;
}

export function runCheck(
  { args, env: added, limitMs: timeout = DEFAULT_LIMIT_MS }: Check,
  cwd: string,
): Promise<CheckResult> {
  return new Promise((resolve) => {
    const env = { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1', ...added };
    const options = { cwd, env, timeout, maxBuffer: 2 ** 28, killSignal: 'SIGKILL' } as const;
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (!error) resolve({});
      else if (error.killed) resolve({ isLate: true });
      else resolve({ sign: signOf(`${stdout}\n${stderr}`) || String(error.code) });
    });
  });
}

/** How the checks print a fault: the simulations with their seed, the others with the name of a test or of a failure. */
const SIGNS = [
  /^(seed \d+)/m,
  /^(.+ at \w+ \d+) of \d+:$/m,
  /^\s*(?:not ok \d+ - |✖ )(.+?)(?: \([\d.]+ms\))?$/m,
  /^\s*(?:FAIL|×)\s+(.+)$/m,
  /^(.*Error.*)$/m,
];

function signOf(printed: string): string {
  const found = SIGNS.map((sign) => sign.exec(printed)).find((match) => match !== null);
  const first = found?.[1] ?? printed.trim().split('\n')[0] ?? '';
  const isSeed = first.startsWith('seed ');
  return isSeed ? `${first}: ${faultAfter(printed, first)}` : first.slice(0, 120);
}

/** The line after that of the seed: a fault, or a violation as JSON. */
function faultAfter(printed: string, seed: string): string {
  const lines = printed.split('\n');
  const at = lines.findIndex((line) => line.startsWith(seed));
  const fault = lines[at + 1]?.trim() ?? '';
  return /"rule":"([\w-]+)"/.exec(fault)?.[1] ?? fault.slice(0, 90);
}
