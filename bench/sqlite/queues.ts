import { existsSync } from 'node:fs';
import { EventChannel } from '../../src/index.ts';
import { type SqliteDatabase, sqliteBackend } from '../../src/sqlite.ts';

export interface SqliteQueue {
  publish(payloads: readonly unknown[]): Promise<void>;
  /** Handles events until the process ends. */
  consume(onHandled: () => void): Promise<void>;
}

type Require = (name: string) => unknown;

/** The same client for all subjects. */
function openDatabase(requirePeer: Require, file: string): SqliteDatabase {
  const Database = requirePeer('better-sqlite3') as new (path: string) => SqliteDatabase;
  return new Database(file);
}

/** With a concurrency of 1 the events are also published one after the other. */
export async function acklineQueue(
  requirePeer: Require,
  file: string,
  concurrency: number,
): Promise<SqliteQueue> {
  const database = openDatabase(requirePeer, file);
  const events = new EventChannel({ backend: sqliteBackend({ database }) });
  return {
    async publish(payloads) {
      for (let at = 0; at < payloads.length; at += concurrency)
        await Promise.all(
          payloads.slice(at, at + concurrency).map((payload) => events.publish('work', payload)),
        );
    },
    async consume(onHandled) {
      events.listen('work', () => onHandled(), { concurrency, keepAlive: true });
    },
  };
}

interface Plainjobs {
  defineQueue(options: object): { add(type: string, data: unknown): unknown };
  defineWorker(type: string, run: () => void, options: object): { start(): Promise<void> };
}

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

export async function plainjobsQueue(requirePeer: Require, file: string): Promise<SqliteQueue> {
  const { defineQueue, defineWorker } = requirePeer('plainjobs') as Plainjobs;
  const queue = defineQueue({ connection: openDatabase(requirePeer, file), logger: SILENT });
  return {
    async publish(payloads) {
      for (const [index, payload] of payloads.entries()) {
        queue.add('work', payload);
        // Its worker runs on this thread, and gets its turn between two publishes.
        if (index % 100 === 99) await new Promise(setImmediate);
      }
    },
    consume: (onHandled) =>
      defineWorker('work', onHandled, { queue, logger: SILENT, pollIntervall: 1 }).start(),
  };
}

interface Liteque {
  buildDBClient(file: string, options: object): unknown;
  SqliteQueue: new (
    name: string,
    db: unknown,
    options: object,
  ) => { enqueue(payload: unknown): Promise<unknown> };
  Runner: new (queue: unknown, verbs: object, options: object) => { run(): Promise<void> };
}

/** liteque passes asynchronous functions, which this version of the client refuses. Earlier ones committed at the first await. */
function allowPromises(requirePeer: Require): void {
  const { prototype } = requirePeer('better-sqlite3') as { prototype: Record<string, unknown> };
  prototype['transaction'] = function transaction(
    this: SqliteDatabase,
    work: (...given: unknown[]) => unknown,
  ) {
    const call = (...given: unknown[]) => {
      this.exec('BEGIN');
      const result = work(...given);
      this.exec('COMMIT');
      return result;
    };
    return Object.assign(call, { deferred: call, immediate: call, exclusive: call });
  };
}

export async function litequeQueue(requirePeer: Require, file: string): Promise<SqliteQueue> {
  allowPromises(requirePeer);
  const { buildDBClient, SqliteQueue, Runner } = requirePeer('liteque') as Liteque;
  const db = buildDBClient(file, { runMigrations: !existsSync(file) });
  const options = { defaultJobArgs: { numRetries: 2 }, keepFailedJobs: false };
  const queue = new SqliteQueue('work', db, options);
  return {
    async publish(payloads) {
      for (const payload of payloads) await queue.enqueue(payload);
    },
    consume(onHandled) {
      const settings = { concurrency: 1, pollIntervalMs: 1, timeoutSecs: 60 };
      return new Runner(queue, { run: async () => onHandled() }, settings).run();
    },
  };
}
