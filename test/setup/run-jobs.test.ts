// Covers test/setup/run-jobs.mjs
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Job, runJobs } from './run-jobs.mjs';

let cwd: string;
let printed: string[];

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'ackline-jobs-'));
  printed = [];
  vi.spyOn(console, 'log').mockImplementation((line) => void printed.push(String(line)));
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(cwd, { recursive: true, force: true });
});

const job = (name: string, code: string, rest: Partial<Job> = {}): Job => ({
  ...{ name, command: process.execPath, args: ['-e', code], ...rest },
});

/** Writes a file of its name, and ends when the other one is there, or when its own is deleted with the folder. */
const meeting = (name: string, other: string) =>
  job(
    name,
    `const { existsSync, writeFileSync } = require('node:fs');
     writeFileSync('${name}', '');
     setInterval(() => (existsSync('${other}') || !existsSync('${name}')) && process.exit(), 10);`,
  );

test('two jobs run at the same time, and a third one after one of them', async () => {
  const third = job('third', "process.exit(require('node:fs').existsSync('one') ? 0 : 1)");
  const jobs = [meeting('one', 'two'), meeting('two', 'one'), third];
  expect(await runJobs(jobs, { cwd, atOnce: 2 })).toEqual([]);
});

test('one at a time, no job starts before the earlier one has ended', async () => {
  const first = job(
    'first',
    "setTimeout(() => require('node:fs').writeFileSync('ended', ''), 100)",
  );
  const second = job('second', "process.exit(require('node:fs').existsSync('ended') ? 0 : 1)");
  expect(await runJobs([first, second], { cwd, atOnce: 1 })).toEqual([]);
  expect(existsSync(join(cwd, 'ended'))).toBe(true);
});

/** It has started a process that has its streams, and that ends with the folder. */
const hanging = (folder: string) => {
  const code = `setInterval(() => require('node:fs').existsSync(${JSON.stringify(folder)}) || process.exit(), 20)`;
  return `require('node:child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(code)}], { stdio: 'inherit' })`;
};

test('a job that fails, that cannot start, or that takes too long is named, and the others run', async () => {
  const jobs = [
    job('fails', 'process.exit(3)'),
    job('cannot start', '', { command: join(cwd, 'nothing') }),
    job('hangs', hanging(cwd), { timeoutMs: 1_500 }),
    job('passes', ''),
  ];
  const failed = await runJobs(jobs, { cwd, atOnce: 2 });
  expect(failed.toSorted()).toEqual(['cannot start', 'fails', 'hangs']);
  expect(printed.join('\n')).toContain('not over after 1500 ms');
});

test('the whole output is printed of a job that fails, and the last lines of one that passes', async () => {
  const lines = "for (const line of 'abc') console.log(line);";
  const jobs = [
    job('passes', lines, { shownLines: 2 }),
    job('fails', `${lines} console.error('d'); process.exitCode = 1;`, { shownLines: 2 }),
  ];
  await runJobs(jobs, { cwd, atOnce: 1 });
  expect(printed[0]).toMatch(/> passes \(\d+ s\)/);
  expect(printed[1]).toBe('b\nc');
  expect(printed[2]).toMatch(/> fails \(failed, \d+ s\)/);
  for (const line of 'abcd') expect(printed[3]).toContain(line);
});
