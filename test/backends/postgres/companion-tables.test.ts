// Covers src/backends/postgres/*.ts
import { PGlite } from '@electric-sql/pglite';
import type { PublishOptions } from 'ackline';
import { createGroup } from 'ackline/groups';
import { postgresBackend } from 'ackline/postgres';
import { ManualRuntime } from 'ackline/testing';
import { afterAll, expect, test } from 'vitest';

const client = await PGlite.create();
afterAll(() => client.close(), 60_000);

let count = 0;
function newTable(): string {
  count += 1;
  return `queue_${count}`;
}

test('postgresBackend: tables of version 1 get what is new, and keep their events', async () => {
  const table = newTable();
  const old = postgresBackend({ sql: client, table });
  await old.publish('orders', 1, null, { key: 'a' });
  await client.exec(`ALTER TABLE ${table}_ackline DROP COLUMN earlier; DROP TABLE ${table}_ackline_groups;
    COMMENT ON TABLE ${table}_ackline IS 'ackline 1'`);
  const refused = postgresBackend({ sql: client, table, createTables: false });
  await expect(refused.publish('orders', 2)).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringContaining(`the tables of ${table} are those of an older release: run`),
  });
  const backend = postgresBackend({ sql: client, table });
  await createGroup(backend, 'orders', 'search');
  await backend.publish('orders', 3, null, { key: 'a', replaces: 'waiting' });
  expect(await backend.stats?.('orders')).toMatchObject({ ready: 1 });
  expect((await backend.dequeue('orders@search', 0))?.payload).toBe(3);
  await backend.shutdown();
});

test('createGroup: refuses a name that the queue table has no room for', async () => {
  const backend = postgresBackend({ sql: client, table: newTable() });
  const [channel, group] = ['c'.repeat(100), 'g'.repeat(28)];
  await expect(createGroup(backend, channel, group)).rejects.toThrow(
    'group must be a name of at most 27 characters, because that of its channel has 100, got "ggg',
  );
  expect(await createGroup(backend, channel, group.slice(1))).toBe(true);
  await backend.publish(channel, 1);
  expect((await backend.dequeue(`${channel}@${group.slice(1)}`, 0))?.payload).toBe(1);
  await backend.shutdown();
});

test('publish: with sql events have groups, replace others and keep a limit, but drop none', async () => {
  const table = newTable();
  const backend = postgresBackend({ sql: client, table });
  await createGroup(backend, 'orders', 'search');
  const publish = (payload: unknown, options: PublishOptions) =>
    client.transaction(async (tx) => {
      await backend.publish('orders', payload, null, { ...options, sql: tx });
    });
  const draft = { key: 'a', replaces: 'waiting' } as const;
  await publish(1, draft);
  await publish(2, draft);
  await publish(3, { maxBacklog: 2 });
  await expect(publish(4, { maxBacklog: 2 })).rejects.toMatchObject({ code: 'backlog-full' });
  await expect(publish(5, { maxBacklog: 2, whenFull: 'drop-oldest' })).rejects.toThrow(
    'whenFull must be \'reject\' for an event with sql, got "drop-oldest"',
  );
  for (const queue of ['orders', 'orders@search']) {
    const messages = await backend.dequeueMany?.(queue, 9, 0);
    expect(messages?.map(({ payload }) => payload)).toEqual([2, 3]);
  }
  await backend.shutdown();
});

test('the companion tables keep nothing of an event that was acknowledged', async () => {
  const table = newTable();
  const backend = postgresBackend({ sql: client, table });
  await createGroup(backend, 'orders', 'search');
  await backend.publish('orders', [1], null, { key: 'a', ttlMs: 60_000 });
  for (const queue of ['orders', 'orders@search']) {
    const message = await backend.dequeue(queue, 0);
    await backend.ack(message?.eventId ?? '', message?.lease, undefined, queue);
  }
  const { rows } = await client.query(`SELECT * FROM ${table}_ackline`);
  expect(rows).toEqual([]);
  await backend.shutdown();
});

test('an acknowledged event is kept for its retention from the acknowledgement on', async () => {
  const table = newTable();
  const runtime = new ManualRuntime();
  const backend = postgresBackend({ sql: client, table, runtime, retentionMs: 60_000 });
  const acknowledge = async () => backend.ack((await backend.dequeue('orders', 0))?.eventId ?? '');
  await backend.publish('orders', 'late');
  await runtime.advance(100_000);
  await acknowledge();
  await runtime.advance(10_000);
  await backend.stats?.('orders');
  const states = async () => {
    const { rows } = await client.query(`SELECT status FROM ${table}`);
    return rows.map((row) => (row as { status: string }).status);
  };
  expect(await states()).toEqual(['acked']);
  await backend.publish('orders', 'waits');
  await backend.publish('others', 'waits');
  await runtime.advance(50_000);
  await acknowledge();
  await runtime.advance(10_000);
  await backend.shutdown();
  expect(await states()).toEqual(['pending', 'acked']);
});
