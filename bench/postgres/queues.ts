import pg from 'pg';
import { EventChannel } from '../../src/index.ts';
import { postgresBackend } from '../../src/postgres.ts';
import { publishAndWait } from '../../src/results.ts';

export interface PostgresQueue {
  /** Publishes `batch` events at a time. */
  publish(payloads: readonly object[], batch: number): Promise<void>;
  /** Handles events, up to `concurrency` at a time, until the queue is closed. */
  consume(concurrency: number, onHandled: () => void): Promise<void>;
  close(): Promise<void>;
}

type Require = (name: string) => unknown;

const QUEUE = 'work';

function batches<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );
}

type PublishBatch = (events: EventChannel, payloads: readonly object[]) => Promise<unknown>;

const KEPT = { retentionMs: 60_000 };

/** How the events of a batch are published. */
export const ACKLINE_PUBLISHES = {
  plain: (events, payloads) =>
    Promise.all(payloads.map((payload) => events.publish(QUEUE, payload))),
  /** The next batch begins when each event has its result. */
  results: (events, payloads) =>
    Promise.all(payloads.map((payload) => publishAndWait(events, QUEUE, payload, null, KEPT))),
  /** The others wait for the first event, which is acknowledged meanwhile. */
  after: async (events, [first, ...others]) => {
    const after = await events.publish(QUEUE, first, null, KEPT);
    await Promise.all(others.map((payload) => events.publish(QUEUE, payload, null, { after })));
  },
} satisfies Readonly<Record<string, PublishBatch>>;

export async function acklineQueue(
  url: string,
  retentionMs: number,
  publishBatch: PublishBatch = ACKLINE_PUBLISHES.plain,
): Promise<PostgresQueue> {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  const events = new EventChannel({ backend: postgresBackend({ sql: pool, retentionMs }) });
  await events.stats(QUEUE);
  return {
    async publish(payloads, batch) {
      for (const some of batches(payloads, batch)) await publishBatch(events, some);
    },
    async consume(concurrency, onHandled) {
      events.listen(QUEUE, () => onHandled(), { concurrency, keepAlive: true });
    },
    async close() {
      await events.shutdown();
      await pool.end();
    },
  };
}

interface Boss {
  start(): Promise<unknown>;
  createQueue(name: string): Promise<void>;
  insert(jobs: readonly object[]): Promise<unknown>;
  fetch(name: string, options: object): Promise<readonly { id: string }[]>;
  complete(name: string, ids: readonly string[]): Promise<unknown>;
  stop(options: object): Promise<void>;
  on(event: 'error', listener: (error: unknown) => void): void;
}

/** Its `work` polls at most twice a second, so that `fetch` and `complete` are called in a loop. */
export async function bossQueue(requirePeer: Require, url: string): Promise<PostgresQueue> {
  const PgBoss = requirePeer('pg-boss') as new (options: object) => Boss;
  const boss = new PgBoss({ connectionString: url, max: 10 });
  boss.on('error', (error) => console.error(error));
  await boss.start();
  await boss.createQueue(QUEUE);
  let isOpen = true;
  return {
    async publish(payloads, batch) {
      for (const some of batches(payloads, batch))
        await boss.insert(some.map((data) => ({ name: QUEUE, data })));
    },
    async consume(concurrency, onHandled) {
      while (isOpen) {
        const jobs = await boss.fetch(QUEUE, { batchSize: concurrency });
        if (jobs.length === 0) continue;
        await boss.complete(
          QUEUE,
          jobs.map(({ id }) => id),
        );
        for (const _ of jobs) onHandled();
      }
    },
    async close() {
      isOpen = false;
      await boss.stop({ graceful: false });
    },
  };
}

interface Graphile {
  makeWorkerUtils(options: object): Promise<{
    migrate(): Promise<void>;
    addJobs(jobs: readonly object[]): Promise<unknown>;
    release(): Promise<void>;
  }>;
  run(options: object): Promise<{ stop(): Promise<void> }>;
  Logger: new (factory: () => () => void) => object;
}

export async function graphileQueue(requirePeer: Require, url: string): Promise<PostgresQueue> {
  const { makeWorkerUtils, run, Logger } = requirePeer('graphile-worker') as Graphile;
  const logger = new Logger(() => () => undefined);
  const pgPool = new pg.Pool({ connectionString: url, max: 10 });
  pgPool.on('error', () => undefined);
  const utils = await makeWorkerUtils({ pgPool, logger });
  await utils.migrate();
  let runner: { stop(): Promise<void> } | undefined;
  return {
    async publish(payloads, batch) {
      for (const some of batches(payloads, batch))
        await utils.addJobs(some.map((payload) => ({ identifier: QUEUE, payload })));
    },
    async consume(concurrency, onHandled) {
      // Its own settings for the greatest throughput: a local queue, and batches of completions.
      const worker = {
        concurrentJobs: concurrency,
        ...(concurrency > 1 && {
          localQueue: { size: 5 * concurrency },
          completeJobBatchDelay: 0,
          failJobBatchDelay: 0,
        }),
      };
      runner = await run({
        pgPool,
        logger,
        noHandleSignals: true,
        taskList: { [QUEUE]: async () => onHandled() },
        preset: { worker },
      });
    },
    async close() {
      await runner?.stop();
      await utils.release();
      await pgPool.end();
    },
  };
}
