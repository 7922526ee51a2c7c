import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../package/paths.ts';
import { recordProof } from '../setup/record-proof.ts';

export interface Run {
  readonly code: number;
  readonly printed: string;
}

/** The line of JSON that a simulation prints at its end. */
interface Summary {
  readonly seeds?: number;
  readonly faultCount?: number;
}

/**
 * Runs a program of this folder in a process of its own, since a simulation replaces what fake-indexeddb goes by. Records what it
 * says it did.
 */
export async function runProgram(name: string, ...args: readonly string[]): Promise<Run> {
  const from = Date.now();
  const run = await start(name, args);
  const { seeds = 0, faultCount = 0 } = summaryOf(run);
  recordProof({ name: [name, ...args].join(' '), from, seeds, faults: faultCount });
  return run;
}

function summaryOf({ printed }: Run): Summary {
  const line = printed.trim().split('\n').at(-1) ?? '';
  return line.startsWith('{') ? JSON.parse(line) : {};
}

function start(name: string, args: readonly string[]): Promise<Run> {
  const entries = join(root, 'test/setup/source-entries.mjs');
  const program = join(root, 'test/simulation', name);
  return new Promise((resolve) => {
    const given = ['--import', entries, program, ...args];
    execFile(process.execPath, given, { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), printed: stdout + stderr });
    });
  });
}
