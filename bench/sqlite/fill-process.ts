import { createRequire } from 'node:module';
import { join } from 'node:path';
import { SyncEventChannel } from '../../src/index.ts';
import { type SqliteDatabase, syncSqliteBackend } from '../../src/sqlite.ts';
import { makeBodies, payloadOf } from '../payloads.ts';
import { litequeQueue, plainjobsQueue } from './queues.ts';

/** Fills the database of a subject with a backlog, in batches, and ends. */
const [subject = '', file = '', countText = '', peers = ''] = process.argv.slice(2);
const requirePeer = createRequire(join(peers, 'package.json'));
const Database = requirePeer('better-sqlite3') as new (path: string) => SqliteDatabase;
const BATCH = 1_000;
const bodies = makeBodies();
const batches = Math.ceil(Number(countText) / BATCH);
const batch = (number: number) =>
  Array.from({ length: BATCH }, (_, index) => payloadOf(number * BATCH + index, bodies));

/** Inserts rows in one transaction, as fast as the client can: the release that was measured has no batches of its own. */
function inserting(sql: string, valuesOf: (text: string, now: number) => (string | number)[]) {
  const database = new Database(file);
  const insert = database.prepare(sql);
  return (payloads: readonly unknown[]) => {
    database.exec('BEGIN');
    for (const payload of payloads) insert.run(...valuesOf(JSON.stringify(payload), Date.now()));
    database.exec('COMMIT');
  };
}

async function openFill(): Promise<(payloads: readonly unknown[]) => void> {
  if (subject === 'plainjobs') {
    await plainjobsQueue(requirePeer, file);
    const sql = "INSERT INTO plainjobs_jobs (type, data, created_at) VALUES ('work', ?, ?)";
    return inserting(sql, (text, now) => [text, now]);
  }
  if (subject === 'liteque') {
    await litequeQueue(requirePeer, file);
    const sql = `INSERT INTO tasks (queue, payload, createdAt, availableAt, status, allocationId, numRunsLeft, maxNumRuns, priority)
       VALUES ('work', ?, ?, ?, 'pending', ?, 3, 3, 0)`;
    const id = () => Math.random().toString(36).slice(2);
    return inserting(sql, (text, now) => [text, Math.floor(now / 1_000), now, id()]);
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
