import { createRequire } from 'node:module';
import { join } from 'node:path';
import { SyncEventChannel } from '../../src/index.ts';
import { type SqliteDatabase, syncSqliteBackend } from '../../src/sqlite.ts';
import { makeBodies, payloadOf } from '../payloads.ts';
import { litequeQueue } from './queues.ts';

/** Fills the database of a subject with a backlog, in batches, and ends. */
const [subject = '', file = '', countText = '', peers = ''] = process.argv.slice(2);
const requirePeer = createRequire(join(peers, 'package.json'));
const Database = requirePeer('better-sqlite3') as new (path: string) => SqliteDatabase;
const BATCH = 1_000;
const bodies = makeBodies();
const batches = Math.ceil(Number(countText) / BATCH);
const batch = (number: number) =>
  Array.from({ length: BATCH }, (_, index) => payloadOf(number * BATCH + index, bodies));

async function openFill(): Promise<(payloads: readonly unknown[]) => void> {
  if (subject === 'plainjobs') {
    const { defineQueue } = requirePeer('plainjobs') as {
      defineQueue(options: object): { addMany(type: string, data: readonly unknown[]): unknown };
    };
    const queue = defineQueue({ connection: new Database(file) });
    return (payloads) => void queue.addMany('work', payloads);
  }
  if (subject === 'liteque') {
    await litequeQueue(requirePeer, file);
    const database = new Database(file);
    // It has no batches of its own.
    const insert = database.prepare(
      `INSERT INTO tasks (queue, payload, createdAt, availableAt, status, allocationId, numRunsLeft, maxNumRuns, priority)
       VALUES ('work', ?, ?, ?, 'pending', ?, 3, 3, 0)`,
    );
    return (payloads) => {
      database.exec('BEGIN');
      for (const payload of payloads) {
        const now = Date.now();
        const id = Math.random().toString(36).slice(2);
        insert.run(JSON.stringify(payload), Math.floor(now / 1_000), now, id);
      }
      database.exec('COMMIT');
    };
  }
  const events = new SyncEventChannel({
    backend: syncSqliteBackend({ database: new Database(file) }),
  });
  return (payloads) =>
    void events.publishMany(payloads.map((payload) => ({ channel: 'work', payload })));
}

const fill = await openFill();
for (let number = 0; number < batches; number += 1) fill(batch(number));
process.exit(0);
