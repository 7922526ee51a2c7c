import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findNatsServer, HOW_TO_GET_NATS } from '../../setup/find-nats-server.mjs';
import { spawnWithUs } from '../../setup/spawn-with-us.ts';
import { makeTemporaryFolder } from '../../setup/temporary-folder.ts';
import { freePort } from '../../support/free-port.ts';

/** Whether the machine has a NATS server. Tests that need one are skipped without it. */
export const natsServerPath: string | undefined = findNatsServer();
export const WHY_SKIPPED: string = HOW_TO_GET_NATS;

export interface NatsServerOptions {
  /** Lines of the server's configuration beside its port and its folder. */
  readonly config?: string;
  /** Default: a folder of its own, which is deleted at the end. */
  readonly folder?: string;
  readonly port?: number;
  readonly jetStream?: boolean;
}

/** A NATS server of a test, in a temporary folder, on a free port. */
export class NatsServer {
  readonly port: number;
  readonly folder: string;
  readonly #options: NatsServerOptions;
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: string, options: NatsServerOptions) {
    this.port = port;
    this.folder = folder;
    this.#options = options;
  }

  static async start(options: NatsServerOptions = {}): Promise<NatsServer> {
    const { port = await freePort(), folder = makeTemporaryFolder('nats') } = options;
    const server = new NatsServer(port, folder, options);
    await server.run();
    return server;
  }

  get servers(): string {
    return `127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#process?.pid as number;
  }

  /** Starts the process, also again after {@link kill}. Resolves when it is ready. */
  async run(): Promise<void> {
    const { config = '', jetStream = true } = this.#options;
    const file = join(this.folder, 'nats.conf');
    const store = jetStream ? `jetstream { store_dir: "${join(this.folder, 'js')}" }` : '';
    writeFileSync(file, `listen: "127.0.0.1:${this.port}"\n${store}\n${config}\n`);
    const log = join(this.folder, `log-${randomUUID()}`);
    const args = ['-c', file, '-l', log];
    const started = spawnWithUs(natsServerPath as string, args, { stdio: 'ignore' }, this.folder);
    this.#process = started;
    await untilLogged(started, log, /Server is ready/);
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** Ends the process. The folder stays. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const running = this.#process;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill(signal);
    await ended;
  }

  async end(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const POLL_MS = 10;

/** Resolves when the log of the process has a line. */
async function untilLogged(running: ChildProcess, log: string, line: RegExp): Promise<void> {
  for (;;) {
    if (line.test(readLog(log))) return;
    if (running.exitCode !== null)
      throw new Error(`the NATS server ended with ${running.exitCode}:\n${readLog(log)}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function readLog(log: string): string {
  try {
    return readFileSync(log, 'utf8');
  } catch {
    return ''; // The server has not written anything yet.
  }
}
