import { type ChildProcess, type SpawnOptions, spawnSync } from 'node:child_process';
import { chownSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findPostgres, postgresUser } from '../../setup/find-postgres.mjs';
import { spawnWithUs } from '../../setup/spawn-with-us.ts';
import { makeTemporaryFolder } from '../../setup/temporary-folder.ts';
import { freePort } from '../../support/free-port.ts';

/** "Fast" and "immediate" of `pg_ctl stop`, and a kill of the first process, whose children then end by themselves. */
export type PostgresEnd = 'SIGINT' | 'SIGQUIT' | 'SIGKILL';

/** A PostgreSQL server of a test, in a temporary folder and on a free port. */
export interface PostgresServer {
  readonly url: string;
  /** Ends all connections. What was committed is recovered at the start, also after SIGQUIT ("immediate") and SIGKILL. */
  stop(how?: PostgresEnd): Promise<void>;
  start(): Promise<void>;
  /** Ends the server and deletes its folder. */
  close(): Promise<void>;
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
  const folder = makeTemporaryFolder('postgres');
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
    const options: SpawnOptions = { ...asUser, stdio: ['ignore', 'ignore', 'pipe'] };
    server = spawnWithUs(join(programs, 'postgres'), args, options, folder);
    await untilReady(server);
  };
  const stop = async (how: PostgresEnd = 'SIGINT') => {
    const running = server;
    server = undefined;
    if (!running) return;
    // Its children have the stream, too. A server whose children are still there would not start.
    const ended = new Promise((resolve) => running.once('close', resolve));
    running.kill(how);
    await ended;
  };
  await start();
  return {
    url: `postgres://ackline@127.0.0.1:${port}/postgres`,
    start,
    stop,
    close: async () => {
      await stop('SIGQUIT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
