import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import postgres from 'postgres';
import { startPostgres } from '../../backends/postgres/postgres-server.ts';
import { root } from '../../package/paths.ts';
import { spawnWithUs } from '../../setup/spawn-with-us.ts';
import { freePort } from '../../support/free-port.ts';
import { NetworkLine } from '../../support/network-line.ts';
import type { Order } from './device-page.ts';
import type { Arrival } from './judge-arrivals.ts';
import { away, lineFaults, type Target } from './target.ts';

/** An ingress in a process of its own, and a PostgreSQL server behind it. */
export async function ingressTarget(): Promise<Target> {
  const server = await startPostgres();
  const behind = new URL(server.url);
  const database = await NetworkLine.to(Number(behind.port));
  behind.port = String(database.port);
  const ingress = new Ingress(behind.href, await freePort());
  await ingress.start();
  const line = await NetworkLine.to(ingress.port);
  return {
    kind: 'ingress',
    url: `http://127.0.0.1:${line.port}`,
    faults: {
      ...lineFaults('network', line, 1),
      ...lineFaults('database network', database, 1),
      'ingress killed': async (random) => {
        await ingress.kill();
        await away(random);
        await ingress.start();
      },
      'database killed': async (random) => {
        await server.stop('SIGKILL');
        await away(random);
        await server.start();
      },
    },
    received: ingress.received,
    arrivals: () => readTable(server.url),
    end: async () => {
      await ingress.kill();
      await line.close();
      await database.close();
      await server.close();
    },
  };
}

class Ingress {
  readonly port: number;
  readonly #url: string;
  #process: ChildProcess | undefined;
  readonly received: string[] = [];

  constructor(url: string, port: number) {
    this.#url = url;
    this.port = port;
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const entries = join(root, 'test/setup/source-entries.mjs');
    const file = join(root, 'test/forward/devices/ingress-process.ts');
    const args = ['--import', entries, file, this.#url, String(this.port)];
    const started = spawnWithUs(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#process = started;
    let rest = '';
    await new Promise<void>((resolve, reject) => {
      started.once('exit', () => reject(new Error('the ingress has ended')));
      started.stdout?.on('data', (data: Buffer) => {
        const lines = (rest + data.toString()).split('\n');
        rest = lines.pop() ?? '';
        // The first line says that it is ready.
        this.received.push(...lines.filter((line) => line !== 'ready'));
        resolve();
      });
    });
  }

  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (!running) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  }
}

/** Every event of the table. `name` is the own id of an event whose row has another one. */
async function readTable(url: string): Promise<readonly Arrival[]> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  const rows = await sql<{ id: string; payload_json: Order }[]>`
    SELECT coalesce(d.name, e.event_id) AS id, e.payload_json
    FROM sqlspec_event_queue e LEFT JOIN sqlspec_event_queue_ackline d USING (event_id) ORDER BY d.position`;
  await sql.end();
  return rows.map(({ id, payload_json }) => ({ id, ...payload_json }));
}
