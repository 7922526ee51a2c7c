import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestAnswer, TestFailure, TestRequest } from './test-server.ts';

/** Runs test files of a copy of the library in a process that is used again. A process that hangs is killed. */
export class TestRunner {
  readonly #folder: string;
  #server: Promise<ChildProcess> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The first failure, `stuck` where the tests did not end in time, or undefined where all passed. */
  async run(request: TestRequest, limitMs: number): Promise<TestFailure | undefined> {
    this.#server ??= start(this.#folder);
    const server = await this.#server;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), limitMs);
    try {
      const answered = once(server, 'message', { signal: late.signal });
      server.send(request);
      const [{ failure }] = (await answered) as [TestAnswer];
      return failure;
    } catch {
      await this.close();
      return { sign: 'stuck' };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the process with the workers that it started. */
  async close(): Promise<void> {
    const server = await this.#server;
    this.#server = undefined;
    if (server?.pid === undefined || server.exitCode !== null) return;
    const exited = once(server, 'exit');
    process.kill(-server.pid, 'SIGKILL');
    await exited;
  }
}

async function start(folder: string): Promise<ChildProcess> {
  const program = join(folder, 'test/mutation/test-server.ts');
  const env = { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1' };
  // A process group of its own, so that its workers end with it.
  const server = fork(program, { cwd: folder, env, detached: true, stdio: 'ignore' });
  await once(server, 'message');
  return server;
}
