// Covers src/backends/sqlite/results.ts, src/backends/sqlite/dependents.ts, src/backends/sqlite/open-schema.ts
import { DatabaseSync } from 'node:sqlite';
import { resultOf } from 'ackline/results';
import { sqliteBackend, syncSqliteBackend } from 'ackline/sqlite';
import { ManualRuntime } from 'ackline/testing';
import { expect, test } from 'vitest';
import { VERSIONS } from '../../../src/backends/sqlite/schema.ts';

test('sqliteBackend: tables of version 1 get what they lack, and keep their events', async () => {
  const database = new DatabaseSync(':memory:');
  for (const sql of VERSIONS[0] ?? []) database.exec(sql.replaceAll('@', 'ackline_'));
  database.exec(`INSERT INTO ackline_events (seq, created_at, payload) VALUES (1, 1, '"old"'), (2, 2, '"held"');
    INSERT INTO ackline_lines VALUES ('orders', 'k', 1);
    INSERT INTO ackline_places (queue, place, rank, seq, event_id, level, key, available_at)
      VALUES ('orders', 0, 0, 1, 'a', 0, 'k', 1);
    INSERT INTO ackline_held VALUES ('orders', 'k', 2, 'b', 0, 2, NULL)`);
  const backend = sqliteBackend({ database });
  const after = await backend.publish('orders', 'first', null, { retentionMs: 60_000 });
  await backend.publish('orders', 'second', null, { after });
  const payloads: unknown[] = [];
  for (let message = await backend.dequeue('orders', 0); message; ) {
    payloads.push(message.payload);
    await backend.ack(message.eventId, message.lease);
    message = await backend.dequeue('orders', 0);
  }
  expect(payloads).toEqual(['old', 'held', 'first', 'second']);
  expect(database.prepare('SELECT version FROM ackline_state').get()).toEqual({ version: 2 });
});

test('sqliteBackend: plain events make no statement about results and dependencies', async () => {
  const database = new DatabaseSync(':memory:');
  const backend = syncSqliteBackend({ database });
  backend.publish('orders', 0);
  const prepared: string[] = [];
  const noting = syncSqliteBackend({
    database: {
      exec: (sql) => database.exec(sql),
      prepare(sql) {
        prepared.push(sql);
        return database.prepare(sql);
      },
    },
  });
  noting.publish('orders', 1);
  for (let message = noting.dequeue('orders', 0); message; message = noting.dequeue('orders', 0))
    noting.ack(message.eventId, message.lease, { reply: 'dropped' });
  expect(prepared.length).toBeGreaterThan(8);
  expect(prepared.filter((sql) => /_results|\bafter\b/.test(sql))).toEqual([]);
});

test('sqliteBackend: a reply that cannot be stored fails its own acknowledgement only', async () => {
  const database = new DatabaseSync(':memory:');
  const backend = sqliteBackend({ database });
  const kept = { retentionMs: 60_000 };
  for (const payload of [1, 2]) await backend.publish('orders', payload, null, kept);
  const [first, second] = (await backend.dequeueMany?.('orders', 2, 0)) ?? [];
  const bad = { reply: { size: new Blob(['x']) } };
  const answers = await Promise.allSettled([
    backend.ack(first?.eventId ?? '', first?.lease, bad),
    backend.ack(second?.eventId ?? '', second?.lease, { reply: 2n }),
  ]);
  expect(answers).toMatchObject([
    { status: 'rejected', reason: { code: 'not-cloneable', path: 'reply.size' } },
    { status: 'fulfilled', value: 'ok' },
  ]);
  expect(await resultOf(backend, 'orders', first?.eventId ?? '')).toMatchObject({
    state: 'pending',
  });
  expect(await resultOf(backend, 'orders', second?.eventId ?? '')).toMatchObject({ reply: 2n });
});

test('sqliteBackend: results whose time has passed are deleted by later ones, and no dependent leaves a row', async () => {
  const database = new DatabaseSync(':memory:');
  const runtime = new ManualRuntime();
  const backend = syncSqliteBackend({ database, runtime });
  const count = (table: string) =>
    Number(database.prepare(`SELECT count(*) AS n FROM ackline_${table}`).get()?.['n']);
  const endAll = () => {
    for (let next = backend.dequeue('orders', 0); next; next = backend.dequeue('orders', 0))
      backend.ack(next.eventId, next.lease);
  };
  for (let number = 0; number < 20; number += 1) {
    const after = backend.publish('orders', number, null, { retentionMs: 1_000 });
    backend.publish('orders', number, null, { after });
  }
  endAll();
  expect(count('results')).toBe(20);
  await runtime.advance(1_000);
  for (let number = 0; number < 10; number += 1)
    backend.publish('orders', number, null, { retentionMs: 1 });
  endAll();
  expect(count('results')).toBe(10);
  expect(['events', 'places', 'held', 'lines', 'dead'].map(count)).toEqual([0, 0, 0, 0, 0]);
});
