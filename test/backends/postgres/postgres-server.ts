import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPostgres, postgresUser } from '../../setup/find-postgres.mjs';

/** A PostgreSQL server of a test, in a temporary folder and on a free port. */
export interface PostgresServer {
  readonly url: string;
  /** Ends all connections. `kill`: as if the machine had lost power; what was committed is recovered at the start. */
  stop(how?: 'fast' | 'kill'): Promise<void>;
  start(): Promise<void>;
  /** Ends the server and deletes its folder. */
  close(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

/** Options of the server: no writes that the tests do not need, and a log in the language that is looked for. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  full_page_writes: 'off',
  shared_buffers: '32MB',
  lc_messages: 'C',
};

/** Resolves when the server accepts connections. */
function untilReady(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    server.stderr?.on('data', (data: Buffer) => {
      log += data.toString();
      if (log.includes('ready to accept connections')) resolve();
    });
    server.once('close', () => reject(new Error(`the server has ended: ${log}`)));
    server.once('error', reject);
  });
}

/** Starts a server. `settings` are added to its own. */
export async function startPostgres(settings: object = {}): Promise<PostgresServer> {
  const programs = findPostgres();
  if (programs === undefined) throw new Error('there is no PostgreSQL server');
  const user = postgresUser();
  const folder = mkdtempSync(join(tmpdir(), 'ackline-postgres-'));
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const asUser = { ...user, cwd: folder };
  const init = [
    '-D',
    data,
    '-U',
    'ackline',
    '--auth=trust',
    '--no-sync',
    '-E',
    'UTF8',
    '--locale=C',
  ];
  const made = spawnSync(join(programs, 'initdb'), init, { ...asUser, encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
  const port = await freePort();
  let server: ChildProcess | undefined;
  const all = Object.entries({ ...SETTINGS, port, ...settings });
  const args = ['-D', data, ...all.flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const start = async () => {
    server = spawn(join(programs, 'postgres'), args, {
      ...asUser,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await untilReady(server);
  };
  const stop = async (how: 'fast' | 'kill' = 'fast') => {
    const running = server;
    server = undefined;
    if (!running) return;
    const ended = new Promise((resolve) => running.once('close', resolve));
    // SIGINT and SIGQUIT are "fast" and "immediate" of `pg_ctl stop`.
    running.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await ended;
  };
  await start();
  return {
    url: `postgres://ackline@127.0.0.1:${port}/postgres`,
    start,
    stop,
    close: async () => {
      await stop('kill');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
