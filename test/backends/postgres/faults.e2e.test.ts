// Covers src/backends/postgres/*.ts
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { EventChannel } from 'ackline';
import { type PostgresClient, type PostgresStatus, postgresBackend } from 'ackline/postgres';
import pg from 'pg';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../package/paths.ts';
import { findPostgres } from '../../setup/find-postgres.mjs';
import { spawnWithUs } from '../../setup/spawn-with-us.ts';
import { until } from '../../support/until.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

interface Opened {
  readonly sql: PostgresClient;
  end(): Promise<void>;
}

const CLIENTS: Readonly<Record<string, (url: string) => Opened>> = {
  postgres: (url) => {
    // Without the last option it waits up to 20 seconds between two tries to connect.
    const sql = postgres(url, {
      ...{ max: 4, onnotice: () => undefined, backoff: () => 0.05, fetch_types: false },
    });
    // Where its connections were lost, `end` may wait for ever without a limit.
    return { sql, end: () => sql.end({ timeout: 1 }) };
  },
  pg: (url) => {
    const sql = new pg.Pool({ connectionString: url, max: 4 });
    // As its documentation asks: the server closes idle connections.
    sql.on('error', () => undefined);
    return { sql, end: () => sql.end() };
  },
};

describe.skipIf(!findPostgres())('PostgreSQL with faults', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.close());

  for (const [name, open] of Object.entries(CLIENTS)) {
    test(`${name}: a server that ends and starts again gives typed errors, and loses nothing that was stored`, async () => {
      const { sql, end } = open(server.url);
      const channel = `restarts_${name}`;
      const backend = postgresBackend({ sql });
      const states: PostgresStatus[] = [backend.status()];
      backend.watchStatus((status) => states.push(status));
      const events = new EventChannel({
        ...{ backend, backoffBaseMs: 10, backoffMaxMs: 50, leaseMs: 500 },
        observer: () => undefined,
      });
      const stored = new Set<number>();
      const refused: unknown[] = [];
      const handled = new Set<number>();
      const publish = async (number: number) => {
        try {
          await events.publish(channel, number);
          stored.add(number);
        } catch (error) {
          refused.push(error);
        }
      };
      events.listen(channel, ({ payload }) => void handled.add(payload as number), {
        concurrency: 5,
      });
      for (let number = 0; number < 50; number += 1) await publish(number);
      await server.stop('SIGQUIT');
      for (let number = 50; number < 55; number += 1) await publish(number);
      expect(refused).toHaveLength(5);
      for (const error of refused) expect(error).toMatchObject({ code: 'unavailable' });
      await server.start();
      for (let number = 55; number < 100; number += 1) await publish(number);
      expect(stored.size).toBeGreaterThan(90);
      await expect.poll(() => [...stored].filter((number) => !handled.has(number))).toEqual([]);
      await expect
        .poll(async () => events.stats(channel))
        .toMatchObject({ ready: 0, leased: 0, scheduled: 0 });
      await events.shutdown();
      await end();
      const all = states.map(({ state }) => state).join(' ');
      expect(all).toMatch(/^closed open( reconnecting open)+ closed$/);
      expect(states.map(({ state, reason }) => [state, reason?.code])).toContainEqual(
        ...[['reconnecting', 'unavailable']],
      );
      expect(backend.status()).toEqual({ state: 'closed', reason: null });
    });

    test(`${name}: a server that is not there, another login and missing rights are typed errors that say what to do`, async () => {
      const admin = postgres(server.url, { max: 1, onnotice: () => undefined });
      await admin.unsafe(`CREATE ROLE reader_${name} LOGIN`);
      const publish = async (url: string, table: string) => {
        const { sql, end } = open(url);
        const error: unknown = await postgresBackend({ sql, table })
          .publish('orders', 1)
          .catch((thrown: unknown) => thrown);
        await end();
        return error;
      };
      const table = `rights_${name}`;
      const url = new URL(server.url);
      url.username = `reader_${name}`;
      expect(await publish(url.href, table)).toMatchObject({
        code: 'forbidden',
        message: expect.stringMatching(
          /permission denied.*CREATE on the schema or run postgresSchema/,
        ),
      });
      await postgresBackend({ sql: admin, table }).publish('orders', 1);
      expect(await publish(url.href, table)).toMatchObject({
        code: 'forbidden',
        message: expect.stringContaining(`grant SELECT, INSERT, UPDATE and DELETE on ${table}`),
      });
      url.pathname = '/nowhere';
      expect(await publish(url.href, table)).toMatchObject({
        code: 'storage',
        message: expect.stringMatching(
          /no such database .*"nowhere" does not exist.*check its name$/,
        ),
      });
      url.username = 'nemo';
      expect(await publish(url.href, table)).toMatchObject({
        code: 'forbidden',
        message: expect.stringMatching(/refused the login .*"nemo".*check user and password$/),
      });
      expect(await publish('postgres://ackline@127.0.0.1:1/postgres', table)).toMatchObject({
        code: 'unavailable',
      });
      await admin.end();
    });
  }

  test('consumers that are killed lose nothing, and no event is acknowledged twice', async () => {
    const sql = postgres(server.url, { max: 4, onnotice: () => undefined, fetch_types: false });
    const backend = postgresBackend({ sql, table: 'kills' });
    const drafts = Array.from({ length: 300 }, (_, payload) => ({ channel: 'work', payload }));
    const ids = new Set<string>();
    /** The consumers have enough to do. Before the kill of one arrives, it may take any number of events. */
    const refill = async () => {
      const { ready = 0 } = (await backend.stats?.('work')) ?? {};
      if (ready < 100) for (const id of (await backend.publishMany?.(drafts)) ?? []) ids.add(id);
    };
    const acknowledged: string[] = [];
    const consumers = Array.from({ length: 2 }, () => new KilledConsumer(server.url, acknowledged));
    try {
      // Each is killed in the middle of its work, and another one follows, which works to the end.
      for (let kill = 0; kill < 4; kill += 1) {
        let isOver = false;
        const killed = Promise.all(consumers.map((consumer) => consumer.killAfter(20)));
        void killed.then(() => {
          isOver = true;
        });
        await until(() => refill().then(() => isOver), 'both killed', 60_000);
      }
      for (const consumer of consumers) consumer.start();
      await expect
        .poll(async () => backend.stats?.('work'), { timeout: 50_000 })
        .toEqual({ ready: 0, leased: 0, scheduled: 0, dead: 0 });
    } finally {
      for (const consumer of consumers) consumer.end();
    }
    const rows = await sql`SELECT status, count(*)::int AS number FROM kills GROUP BY status`;
    expect(rows).toMatchObject([{ status: 'acked', number: ids.size }]);
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
    expect(acknowledged.every((id) => ids.has(id))).toBe(true);
    await backend.shutdown();
    await sql.end();
  }, 120_000);
});

/** A process that consumes, and reports each event that it has acknowledged. */
class KilledConsumer {
  readonly #url: string;
  readonly #acknowledged: string[];
  #process: ChildProcess | undefined;
  #reports = 0;
  #onReport: () => void = () => undefined;

  constructor(url: string, acknowledged: string[]) {
    this.#url = url;
    this.#acknowledged = acknowledged;
  }

  /** Starts a process, and kills it when it has acknowledged so many events. */
  async killAfter(reports: number): Promise<void> {
    this.#reports = 0;
    this.start();
    await new Promise<void>((resolve) => {
      this.#onReport = () => {
        if (this.#reports >= reports) resolve();
      };
    });
    this.end();
  }

  start(): void {
    this.#process ??= this.#start();
  }

  end(): void {
    this.#process?.kill('SIGKILL');
    this.#process = undefined;
  }

  #start(): ChildProcess {
    const entries = join(root, 'test/setup/source-entries.mjs');
    const file = join(root, 'test/backends/postgres/consumer-process.ts');
    const args = ['--import', entries, file, this.#url];
    const child = spawnWithUs(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let rest = '';
    child.stdout?.on('data', (data: Buffer) => {
      const lines = (rest + data.toString()).split('\n');
      rest = lines.pop() ?? '';
      this.#acknowledged.push(...lines);
      this.#reports += lines.length;
      this.#onReport();
    });
    return child;
  }
}
