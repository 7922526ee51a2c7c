// Covers src/backends/sqlite/due-rows.ts, src/backends/sqlite/claimer.ts, src/backends/sqlite/settler.ts
import { DatabaseSync } from 'node:sqlite';
import { syncSqliteBackend } from 'ackline/sqlite';
import { ManualRuntime } from 'ackline/testing';
import { expect, test } from 'vitest';
import type { SqliteDatabase } from '../../../src/backends/sqlite/sqlite-handle.ts';

/** A handle that notes each statement that is prepared. */
function noting(database: DatabaseSync, prepared: Set<string>): SqliteDatabase {
  return {
    exec: (sql) => database.exec(sql),
    prepare(sql) {
      prepared.add(sql);
      return database.prepare(sql);
    },
  };
}

test('a claim, an extension, a settlement and a takeover read their rows by the primary key, and sort nothing', async () => {
  const database = new DatabaseSync(':memory:');
  const runtime = new ManualRuntime();
  const prepared = new Set<string>();
  const backend = syncSqliteBackend({ database: noting(database, prepared), runtime });
  const options = { priority: 5 };
  for (const payload of [1, 2, 3, 4, 5, 6]) backend.publish('orders', payload);
  backend.publish('orders', 7, null, options);
  backend.publish('orders', 8, null, { delayMs: 1_000 });
  backend.publish('orders', 9, null, { key: 'a' });
  backend.publish('orders', 10, null, { key: 'a' });
  const kept = { retentionMs: 1_000 };
  backend.publish('orders', 11, null, { ...kept, id: 'first' });
  backend.publish('orders', 12, null, { ...kept, after: 'first' });
  for (const delayMs of [0, 500]) {
    const message = backend.dequeue('orders', 0);
    backend.extend?.(message?.eventId ?? '', message?.lease, 60_000);
    backend.nack(message?.eventId ?? '', message?.lease, { delayMs });
  }
  await runtime.advance(2_000);
  backend.dequeueMany?.('orders', 3, 0);
  await runtime.advance(40_000);
  for (const { eventId, lease } of backend.dequeueMany?.('orders', 20, 0) ?? [])
    backend.ack(eventId, lease);
  const plans = [...prepared]
    .filter(
      (sql) => /^\s*(SELECT|UPDATE|DELETE|INSERT)/.test(sql) && !sql.includes('sqlite_master'),
    )
    .map((sql) => {
      const values = Array.from({ length: sql.split('?').length - 1 }, () => 0);
      const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
      return { sql, plan: steps.map(({ detail }) => String(detail)).join('; ') };
    });
  expect(plans.length).toBeGreaterThan(12);
  const slow = plans.filter(
    ({ plan }) => /\bSCAN (?!CONSTANT ROW)/.test(plan) || plan.includes('TEMP B-TREE'),
  );
  expect(slow).toEqual([]);
  const due = plans.find(({ sql }) => sql.includes('CROSS JOIN'));
  expect(due?.plan).toContain('SEARCH p USING PRIMARY KEY (queue=? AND place=?)');
});
