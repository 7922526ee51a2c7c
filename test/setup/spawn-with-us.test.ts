// Covers test/setup/spawn-with-us.ts, test/setup/temporary-folder.ts
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

interface Owner {
  readonly child: ChildProcess;
  /** Of the server that it has started. */
  readonly pid: number;
  readonly folder: string;
}

/** A process that has started a server with a folder. The server ignores every signal that can be ignored. */
async function startOwner(): Promise<Owner> {
  const url = (file: string) => new URL(file, import.meta.url).href;
  const server = `for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => {}); setInterval(() => {}, 1000)`;
  const code = `
    import { spawnWithUs } from '${url('./spawn-with-us.ts')}';
    import { makeTemporaryFolder } from '${url('./temporary-folder.ts')}';
    const folder = makeTemporaryFolder('test-of-owner');
    const server = spawnWithUs(process.execPath, ['-e', ${JSON.stringify(server)}], { stdio: 'ignore' }, folder);
    console.log(JSON.stringify({ pid: server.pid, folder }));
    setInterval(() => {}, 1000);`;
  const args = ['--input-type=module', '-e', code];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [printed] = await once(child.stdout, 'data');
  return { child, ...JSON.parse(String(printed)) };
}

/** A zombie, which has ended and still has an entry, does not run either. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test.runIf(existsSync('/proc/self'))(
  'a server of a test ends with its process, also after SIGKILL, and its folder is deleted',
  async () => {
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      const { child, pid, folder } = await startOwner();
      expect([isRunning(pid), existsSync(folder)]).toEqual([true, true]);
      child.kill(signal);
      await until(() => !isRunning(pid), 'the end of the server');
      await until(() => !existsSync(folder), 'the end of the folder');
    }
  },
);

test.runIf(existsSync('/proc/self'))(
  'folders of processes that have ended are deleted at the next start, those of others are not',
  async () => {
    const code = `
      import { makeTemporaryFolder } from '${new URL('./temporary-folder.ts', import.meta.url).href}';
      console.log(makeTemporaryFolder('test-of-folders'));`;
    const makeAndEnd = async () => {
      const args = ['--input-type=module', '-e', code];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      const [printed] = await once(child.stdout, 'data');
      await once(child, 'close');
      return String(printed).trim();
    };
    const left = await makeAndEnd();
    expect(existsSync(left)).toBe(true);
    const mine = makeTemporaryFolder('test-of-folders');
    expect([existsSync(left), existsSync(mine)]).toEqual([false, true]);
    const later = await makeAndEnd();
    expect(existsSync(mine)).toBe(true);
    for (const folder of [mine, later]) rmSync(folder, { recursive: true });
  },
);
