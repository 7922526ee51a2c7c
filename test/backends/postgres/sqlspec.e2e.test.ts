// Covers src/backends/postgres/*.ts
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EventChannel } from 'ackline';
import { postgresBackend } from 'ackline/postgres';
import postgres from 'postgres';
import { afterAll, describe, expect, test } from 'vitest';
import { root } from '../../package/paths.ts';
import { findPostgres } from '../../setup/find-postgres.mjs';
import { howToGetSqlspec, sqlspecPython } from '../../setup/sqlspec-python.mjs';
import { startPostgres } from './postgres-server.ts';

const COUNT = 1_000;
const TABLE = 'sqlspec_event_queue';
const peer = join(root, 'test/backends/postgres/interop/sqlspec_peer.py');
const python = findPostgres() ? sqlspecPython() : undefined;
const server = python ? await startPostgres() : undefined;
if (!server) console.log(`Left out: ${howToGetSqlspec}`);
afterAll(() => server?.close());

interface Seen {
  readonly id: string;
  readonly payload: unknown;
  readonly metadata: unknown;
  readonly attempts: number;
}

/** Runs a command of the Python side. */
async function sqlspec<Answer>(command: string, count = 0): Promise<Answer> {
  const args = [peer, server?.url ?? '', TABLE, command, String(count)];
  const { stdout } = await promisify(execFile)(python ?? '', args, { maxBuffer: 100_000_000 });
  return JSON.parse(stdout) as Answer;
}

describe.skipIf(!server)('sqlspec', () => {
  const sql = postgres(server?.url ?? '', { max: 4, onnotice: () => undefined });
  const events = new EventChannel({ backend: postgresBackend({ sql }) });
  afterAll(async () => {
    await events.shutdown();
    await sql.end();
  });

  const publish = (count: number) =>
    events.publishMany(
      Array.from({ length: count }, (_, n) => {
        return { channel: 'orders', payload: { from: 'ackline', n }, metadata: { side: 'js' } };
      }),
    );

  test('each side publishes 1,000 events into the table that sqlspec has made, and consumes 1,000 of the other', async () => {
    await sqlspec('create');
    const ours = await publish(COUNT);
    const taken = await sqlspec<Seen[]>('consume', COUNT);
    expect(taken.map(({ id }) => id)).toEqual(ours);
    expect(taken.map(({ payload }) => payload)).toEqual(
      ours.map((_, n) => ({ from: 'ackline', n })),
    );
    expect(taken.every(({ attempts }) => attempts === 1)).toBe(true);
    expect(taken[0]?.metadata).toEqual({ side: 'js' });

    const theirs = await sqlspec<string[]>('publish', COUNT);
    const seen: Seen[] = [];
    const listener = events.listen(
      'orders',
      ({ eventId: id, payload, metadata, attempts }) => {
        seen.push({ id, payload, metadata, attempts });
      },
      { concurrency: 50 },
    );
    await expect.poll(() => seen.length).toBe(COUNT);
    await listener.stop();
    const metadata = { side: 'python' };
    expect(seen).toEqual(
      theirs.map((id, n) => ({ id, payload: { from: 'sqlspec', n }, metadata, attempts: 1 })),
    );
    expect(await sqlspec('states')).toEqual([{ status: 'acked', attempts: 1, number: 2 * COUNT }]);
  });

  test('attempts count across both sides, and the state is what the other side reads', async () => {
    await sql`DELETE FROM sqlspec_event_queue`;
    const [id = ''] = await publish(1);
    const first = await events.dequeue('orders', { pollIntervalMs: 0 });
    expect(first?.attempts).toBe(1);
    expect(await sqlspec('states')).toEqual([{ status: 'leased', attempts: 1, number: 1 }]);
    await first?.nack();
    expect(await sqlspec('states')).toEqual([{ status: 'pending', attempts: 1, number: 1 }]);
    // sqlspec takes it as the second attempt.
    expect(await sqlspec('consume', 1)).toMatchObject([{ id, attempts: 2 }]);
    expect(await events.ack(id)).toBe('gone');
    await sqlspec('publish', 2);
    expect(await sqlspec('consume_after_nack', 2)).toMatchObject([
      { attempts: 2 },
      { attempts: 2 },
    ]);
    expect(await sqlspec('states')).toEqual([{ status: 'acked', attempts: 2, number: 3 }]);
  });

  test('a payload that is no object, and one that JSON lacks, can be read by sqlspec', async () => {
    const values = ['text', null, [1], new Date(5)];
    for (const value of values) await events.publish('orders', value);
    const seen = await sqlspec<Seen[]>('consume', values.length);
    const payloads = seen.map(({ payload }) => payload);
    expect(payloads.slice(0, 3)).toEqual([{ value: 'text' }, { value: null }, { value: [1] }]);
    expect(payloads[3]).toEqual({ value: expect.any(String) });
  });
});
