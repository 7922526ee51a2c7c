// Covers src/backends/postgres/*.ts
import { PGlite } from '@electric-sql/pglite';
import { EventChannel } from 'ackline';
import { type PostgresBackendOptions, postgresBackend, postgresSchema } from 'ackline/postgres';
import { ManualRuntime } from 'ackline/testing';
import { afterAll, expect, test } from 'vitest';

const client = await PGlite.create();
afterAll(() => client.close(), 60_000);

let count = 0;
function newTable(): string {
  count += 1;
  return `queue_${count}`;
}

async function rowsOf(table: string, order = 'created_at'): Promise<Record<string, unknown>[]> {
  const { rows } = await client.query(`SELECT * FROM ${table} ORDER BY ${order}`);
  return rows as Record<string, unknown>[];
}

test('postgresBackend: an event is a row as sqlspec writes it, in each of its states', async () => {
  const table = newTable();
  const runtime = new ManualRuntime();
  const backend = postgresBackend({ sql: client, table, runtime });
  const eventId = await backend.publish('orders', { total: 12 }, { trace: 'a' });
  const at = new Date(runtime.now());
  const pending = { event_id: eventId, channel: 'orders', status: 'pending', attempts: 0 };
  const content = { payload_json: { total: 12 }, metadata_json: { trace: 'a' } };
  const times = { available_at: at, created_at: at, lease_expires_at: null, acknowledged_at: null };
  expect(await rowsOf(table)).toEqual([{ ...pending, ...content, ...times }]);
  await backend.dequeue('orders', 0, { leaseMs: 5_000 });
  const [leased] = await rowsOf(table);
  const until = new Date(runtime.now() + 5_000);
  expect(leased).toMatchObject({ status: 'leased', attempts: 1, lease_expires_at: until });
  await backend.nack(eventId);
  expect((await rowsOf(table))[0]).toMatchObject({
    ...pending,
    attempts: 1,
    lease_expires_at: null,
  });
  await backend.dequeue('orders', 0);
  await backend.ack(eventId);
  const [acked] = await rowsOf(table);
  expect(acked).toMatchObject({ status: 'acked', attempts: 2, acknowledged_at: at });
  expect(await rowsOf(`${table}_ackline`, 'event_id')).toEqual([]);
  await backend.shutdown();
});

test('postgresBackend: what sqlspec has written is delivered, and what it did with a lease is respected', async () => {
  const table = newTable();
  const backend = postgresBackend({ sql: client, table });
  await backend.stats?.('orders');
  await client.exec(
    `INSERT INTO ${table} (event_id, channel, payload_json) VALUES ('a', 'orders', '{"n":1}')`,
  );
  const message = await backend.dequeue('orders', 0);
  expect(message).toMatchObject({ eventId: 'a', payload: { n: 1 }, metadata: null, lease: 1 });
  // sqlspec's nack and claim have no fence.
  await client.exec(`UPDATE ${table} SET status = 'pending', lease_expires_at = NULL`);
  expect(await backend.ack('a', 1)).toBe('stale');
  await client.exec(`UPDATE ${table} SET status = 'leased', attempts = attempts + 1`);
  expect(await backend.ack('a', 1)).toBe('stale');
  await client.exec(`UPDATE ${table} SET status = 'acked', acknowledged_at = now()`);
  expect(await backend.ack('a', 2)).toBe('gone');
  await backend.shutdown();
});

test('postgresBackend: values that a JSON object is not are objects in the table, and come back as they were', async () => {
  const table = newTable();
  const backend = postgresBackend({ sql: client, table });
  const values = [
    'text',
    null,
    [1, 2],
    1n,
    new Map([['a', 1]]),
    'a\0b',
    '\ud800',
    { at: new Date(5) },
  ];
  for (const value of values) await backend.publish('orders', value, { value });
  const written = (await rowsOf(table)).map(({ payload_json }) => payload_json);
  for (const payload of written) expect(payload).toBeTypeOf('object');
  expect(written.slice(0, 3)).toEqual([{ value: 'text' }, { value: null }, { value: [1, 2] }]);
  for (const value of values) {
    const message = await backend.dequeue('orders', 0);
    expect(message?.payload).toEqual(value);
    expect(message?.metadata).toEqual({ value });
  }
  await backend.shutdown();
});

test('publish: with sql the event is stored if the transaction commits, and not if it is rolled back', async () => {
  const backend = postgresBackend({ sql: client, table: newTable() });
  const events = new EventChannel({ backend });
  const publish = (payload: unknown, fails: boolean) =>
    client.transaction(async (tx) => {
      await events.publish('orders', payload, null, { sql: tx });
      await events.publishMany(
        [1, 2].map((line) => {
          return { channel: 'lines', payload: { payload, line }, options: { sql: tx, key: 'k' } };
        }),
      );
      if (fails) throw new Error('rolled back');
    });
  await expect(publish('no', true)).rejects.toThrow('rolled back');
  expect(await events.dequeue('orders', { pollIntervalMs: 0 })).toBe(null);
  expect(await events.stats('lines')).toMatchObject({ ready: 0 });
  await publish('yes', false);
  expect((await events.dequeue('orders', { pollIntervalMs: 0 }))?.payload).toBe('yes');
  expect(await events.stats('lines')).toMatchObject({ ready: 2 });
  await expect(events.publish('orders', 1, null, { sql: {} })).rejects.toThrow(
    'sql must be the client of a transaction of postgres, pg or PGlite, got an object',
  );
  await events.shutdown();
});

test('postgresBackend: acknowledged events are deleted after their retention, and at once with 0', async () => {
  const runtime = new ManualRuntime();
  for (const retentionMs of [60_000, 0]) {
    const table = newTable();
    const backend = postgresBackend({ sql: client, table, runtime, retentionMs });
    const acknowledge = async () => {
      await backend.publish('orders', 1);
      await backend.ack((await backend.dequeue('orders', 0))?.eventId ?? '');
    };
    await acknowledge();
    expect(await rowsOf(table)).toHaveLength(retentionMs > 0 ? 1 : 0);
    await runtime.advance(60_000);
    await acknowledge();
    await runtime.advance(10_000);
    await backend.shutdown();
    expect(await rowsOf(table)).toHaveLength(retentionMs > 0 ? 1 : 0);
  }
});

test('postgresBackend: tables that are missing, foreign or newer are refused with what to do', async () => {
  const publish = (options: Omit<PostgresBackendOptions, 'sql'>) =>
    postgresBackend({ sql: client, ...options }).publish('orders', 1);
  const table = newTable();
  await expect(publish({ table, createTables: false })).rejects.toMatchObject({
    code: 'storage',
    message: `the tables of ${table} are missing: run postgresSchema({ table: '${table}' }), or leave createTables true`,
  });
  await client.exec(`CREATE TABLE ${table} (event_id VARCHAR(64) PRIMARY KEY, channel TEXT)`);
  await expect(publish({ table })).rejects.toMatchObject({
    code: 'foreign-database',
    message: expect.stringContaining(`${table} has the type text for channel (character varying)`),
  });
  await client.exec(`ALTER TABLE ${table} ALTER COLUMN channel TYPE VARCHAR(128)`);
  await expect(publish({ table })).rejects.toMatchObject({
    code: 'foreign-database',
    message: expect.stringContaining(`${table} lacks the column payload_json (jsonb)`),
  });
  const newer = newTable();
  await client.exec(postgresSchema({ table: newer }));
  await client.exec(`COMMENT ON TABLE ${newer}_ackline IS 'ackline 4'`);
  await expect(publish({ table: newer })).rejects.toMatchObject({ code: 'newer-schema' });
  await client.exec(`COMMENT ON TABLE ${newer}_ackline IS NULL`);
  await expect(publish({ table: newer })).resolves.toBeTypeOf('string');
});

test('postgresBackend: refuses bad options with option, expectation and value', () => {
  for (const [options, message] of [
    [undefined, 'options must be an object with sql, got undefined'],
    [{}, 'sql must be a client of postgres, pg or PGlite, got undefined'],
    [{ sql: 'postgres://' }, 'sql must be a client of postgres, pg or PGlite, got "postgres://"'],
    [{ sql: client, table: 'a-b' }, 'table must be a string that matches'],
    [{ sql: client, table: 'a'.repeat(41) }, 'table must be a string that matches'],
    [{ sql: client, createTables: 'no' }, 'createTables must be true or false, got "no"'],
    [{ sql: client, prepare: null }, 'prepare must be true or false, got null'],
    [{ sql: client, retentionMs: -1 }, 'retentionMs must be a whole number of milliseconds from 0'],
    [{ sql: client, notify: 1 }, 'notify must be true or false, got 1'],
    [{ sql: client, maxDeadLetters: 0 }, 'maxDeadLetters must be a whole number from 1, got 0'],
    [{ sql: client, runtime: {} }, 'runtime must be a Runtime'],
    [{ sql: client, url: 'x' }, 'there is no option "url"'],
  ] as const)
    expect(() => postgresBackend(options as never)).toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringContaining(message) }),
    );
  for (const [options, message] of [
    [{ table: 'a b' }, 'table must be a string that matches'],
    [{ tabel: 'jobs' }, 'there is no option "tabel"'],
    [null, 'options must be an object, got null'],
    ['jobs', 'options must be an object, got "jobs"'],
  ] as const)
    expect(() => postgresSchema(options as never)).toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringContaining(message) }),
    );
});

test('postgresBackend: keeps the newest dead letters, and reports the others as dropped', async () => {
  const backend = postgresBackend({ sql: client, table: newTable(), maxDeadLetters: 2 });
  const dropped: number[] = [];
  backend.observe?.((event) => {
    if (event.type === 'dead-letters-dropped') dropped.push(event.count);
  });
  for (const payload of [1, 2, 3, 4]) {
    await backend.publish('orders', payload);
    await backend.reject?.((await backend.dequeue('orders', 0))?.eventId ?? '');
  }
  await expect.poll(() => dropped).toEqual([1, 1]);
  const letters = await backend.deadLetters?.('orders', 10);
  expect(letters?.map(({ payload }) => payload)).toEqual([3, 4]);
  await backend.shutdown();
});

test('postgresBackend: an event of sqlspec is delivered as soon as its notification comes', async () => {
  const table = newTable();
  const runtime = new ManualRuntime();
  const backend = postgresBackend({ sql: client, table, runtime });
  const waiting = backend.dequeue('orders', 60_000);
  await backend.stats?.('orders');
  // The time does not move: only a hint ends the wait.
  await client.exec(`INSERT INTO ${table} (event_id, channel, payload_json, available_at)
    VALUES ('a', 'orders', '{}', to_timestamp(0)); NOTIFY orders, '{"event_id": "a"}'`);
  expect((await waiting)?.eventId).toBe('a');
  await backend.shutdown();
});
