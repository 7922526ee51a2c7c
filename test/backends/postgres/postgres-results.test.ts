// Covers src/backends/postgres/result-sql.ts, src/backends/postgres/kept-results.ts, src/backends/postgres/written-change.ts
import { PGlite } from '@electric-sql/pglite';
import { type AsyncEventBackend, EventChannel } from 'ackline';
import { browse } from 'ackline/inspection';
import { type PostgresBackendOptions, postgresBackend } from 'ackline/postgres';
import { publishAndWait, resultOf } from 'ackline/results';
import { ManualRuntime } from 'ackline/testing';
import { afterAll, expect, test } from 'vitest';

const client = await PGlite.create();
afterAll(() => client.close(), 60_000);

const KEPT = { retentionMs: 60_000 };
let count = 0;
let table = '';

function open(options: Partial<PostgresBackendOptions> = {}): AsyncEventBackend {
  if (!options.table) {
    count += 1;
    table = `queue_${count}`;
  }
  return postgresBackend({ sql: client, table, ...options });
}

/** What sqlspec does to acknowledge an event that it has leased. */
async function acknowledgeAsSqlspec(eventId: string): Promise<void> {
  await client.query(
    `UPDATE ${table} SET status = 'acked', attempts = attempts + 1, acknowledged_at = $2 WHERE event_id = $1`,
    [eventId, new Date(5_000)],
  );
}

async function rowsOf(columns: string, part = ''): Promise<unknown[]> {
  return (await client.query(`SELECT ${columns} FROM ${table}${part}`)).rows;
}

test('postgresBackend: tables of version 2 get what is new, and keep their events', async () => {
  const old = open();
  await old.publish('orders', 1, null, { key: 'a' });
  await client.exec(`DROP TABLE ${table}_ackline_results;
    ALTER TABLE ${table}_ackline DROP COLUMN after_id CASCADE, DROP COLUMN after_result, DROP COLUMN after_reply, DROP COLUMN blocks;
    COMMENT ON TABLE ${table}_ackline IS 'ackline 2'`);
  const backend = open({ table });
  const after = await backend.publish('orders', 2, null, KEPT);
  await backend.publish('orders', 3, null, { after });
  const messages = (await backend.dequeueMany?.('orders', 9, 0)) ?? [];
  expect(messages.map(({ payload }) => payload)).toEqual([1, 2]);
  await backend.ack(after, messages[1]?.lease);
  expect((await backend.dequeue('orders', 0))?.payload).toBe(3);
});

test('an event that waits for another one is pending for sqlspec, and not due before any clock shows it', async () => {
  const backend = open();
  const after = await backend.publish('orders', 1, null, KEPT);
  const id = await backend.publish('orders', 2, null, { after });
  const [row] = await rowsOf(
    `event_id, status, available_at > now() + interval '1000 years' AS is_held`,
  ).then((rows) => rows.filter((one) => (one as { event_id: string }).event_id === id));
  expect(row).toMatchObject({ status: 'pending', is_held: true });
  expect(await backend.stats?.('orders')).toMatchObject({ ready: 2, scheduled: 0 });
});

test('an event that sqlspec has acknowledged has a result, and lets the others go', async () => {
  const backend = open();
  const after = await backend.publish('orders', 1, null, KEPT);
  await backend.publish('orders', 2, null, { after, onDeadLetter: 'block' });
  await acknowledgeAsSqlspec(after);
  const result = { eventId: after, state: 'acknowledged', attempts: 1, acknowledgedAt: 5_000 };
  expect(await resultOf(backend, 'orders', after)).toEqual(result);
  const second = await backend.dequeue('orders', 0);
  expect([second?.payload, second?.after]).toEqual([2, { ...result, reply: undefined }]);
});

test('an event whose row was deleted is unknown, and holds back nothing', async () => {
  const backend = open();
  const after = await backend.publish('orders', 1, null, KEPT);
  await backend.publish('orders', 2, null, { after });
  await client.query(`DELETE FROM ${table} WHERE event_id = $1`, [after]);
  expect((await backend.dequeue('orders', 0))?.after).toEqual({ eventId: after, state: 'unknown' });
});

test('a busy channel lets an event go within a second whose end did not see it', async () => {
  const runtime = new ManualRuntime();
  const backend = open({ runtime });
  const after = await backend.publish('orders', 1, null, KEPT);
  await backend.publish('orders', 2, null, { after });
  await backend.dequeue('orders', 0);
  for (let payload = 3; payload < 9; payload += 1) await backend.publish('orders', payload);
  expect((await backend.dequeue('orders', 0))?.payload).toBe(3);
  await acknowledgeAsSqlspec(after);
  expect((await backend.dequeue('orders', 0))?.payload).toBe(4);
  await runtime.advance(1_000);
  expect((await backend.dequeue('orders', 0))?.payload).toBe(2);
});

test('a stale acknowledgement ends no result, and lets nothing go', async () => {
  const [runtime, later] = [new ManualRuntime(), new ManualRuntime()];
  const backend = open({ runtime });
  const other = open({ table, runtime: later });
  const after = await backend.publish('orders', 1, null, KEPT);
  await backend.publish('orders', 2, null, { after });
  const first = await backend.dequeue('orders', 0, { leaseMs: 1_000 });
  await later.advance(1_000);
  const second = await other.dequeue('orders', 0);
  expect(await backend.ack(after, first?.lease, { reply: 'late' })).toBe('stale');
  expect(await other.dequeue('orders', 0)).toBeNull();
  expect(await resultOf(backend, 'orders', after)).toEqual({ eventId: after, state: 'pending' });
  expect(await other.ack(after, second?.lease, { reply: new Date(7) })).toBe('ok');
  expect(await resultOf(backend, 'orders', after)).toMatchObject({ reply: new Date(7) });
});

test('a plain event has no row beside the queue table, and a reply to it is dropped', async () => {
  const backend = open();
  const id = await backend.publish('orders', 1);
  await backend.ack(id, (await backend.dequeue('orders', 0))?.lease, { reply: new Date(1) });
  for (const part of ['_ackline', '_ackline_results']) expect(await rowsOf('*', part)).toEqual([]);
});

test('a reply that cannot be stored fails its own acknowledgement only', async () => {
  const backend = open();
  for (const payload of [1, 2]) await backend.publish('orders', payload, null, KEPT);
  const [first, second] = (await backend.dequeueMany?.('orders', 2, 0)) ?? [];
  const bad = { reply: { size: new Blob(['x']) } };
  const answers = await Promise.allSettled([
    backend.ack(first?.eventId ?? '', first?.lease, bad),
    backend.ack(second?.eventId ?? '', second?.lease, { reply: 'a\u0000\ud800' }),
  ]);
  expect(answers).toMatchObject([{ reason: { code: 'not-cloneable' } }, { value: 'ok' }]);
  const { events } = await browse(backend, 'orders', { state: 'acknowledged', payload: true });
  expect(events).toMatchObject([{ payload: 2, reply: 'a\u0000\ud800' }]);
});

test('a draft that another draft of its batch has replaced is cancelled', async () => {
  const backend = open();
  const options = { ...KEPT, key: 'a', replaces: 'waiting' } as const;
  const [first = '', last = ''] =
    (await backend.publishMany?.([
      { channel: 'orders', payload: 1, options },
      { channel: 'orders', payload: 2, options },
    ])) ?? [];
  expect(await resultOf(backend, 'orders', first)).toMatchObject({ state: 'cancelled' });
  expect(await resultOf(backend, 'orders', last)).toEqual({ eventId: last, state: 'pending' });
  await backend.publish('orders', 3, null, options);
  expect(await resultOf(backend, 'orders', last)).toMatchObject({ state: 'cancelled' });
});

test('results are deleted some time after their retention', async () => {
  const runtime = new ManualRuntime();
  const backend = open({ runtime, retentionMs: 0 });
  const id = await backend.publish('orders', 1, null, KEPT);
  await backend.ack(id, (await backend.dequeue('orders', 0))?.lease);
  await runtime.advance(60_000);
  await backend.publish('orders', 2, null, { id: 'named' });
  await runtime.advance(10_000);
  await backend.shutdown();
  expect(await rowsOf('*', '_ackline_results')).toEqual([]);
});

test('publishAndWait: a handler of another backend replies, and the events of a transaction wait for it', async () => {
  const events = new EventChannel({ backend: open() });
  const consumer = new EventChannel({ backend: open({ table }) });
  const order = publishAndWait(events, 'orders', { total: 12 }, null, { ...KEPT, id: 'order' });
  const listener = consumer.listen('orders', (delivery) => delivery.ack({ number: 17 }));
  expect(await order).toMatchObject({ state: 'acknowledged', reply: { number: 17 } });
  await listener.stop();
  await client.transaction(async (tx) => {
    await events.publish('orders', 'next', null, { after: 'order', sql: tx });
  });
  const backend = open({ table });
  expect((await backend.dequeue('orders', 0))?.after).toMatchObject({ reply: { number: 17 } });
  for (const channel of [events, consumer]) await channel.shutdown();
});
