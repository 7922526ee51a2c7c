import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../package/paths.ts';

export interface Run {
  readonly code: number;
  readonly printed: string;
}

/** Runs a program of this folder in a process of its own, since a simulation replaces what fake-indexeddb goes by. */
export function runProgram(name: string, ...args: readonly string[]): Promise<Run> {
  const entries = join(root, 'test/setup/source-entries.mjs');
  const program = join(root, 'test/simulation', name);
  return new Promise((resolve) => {
    const given = ['--import', entries, program, ...args];
    execFile(process.execPath, given, { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), printed: stdout + stderr });
    });
  });
}
