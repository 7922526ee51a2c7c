// Covers src/backends/sqlite/store-clock.ts
import type { DatabaseSync } from 'node:sqlite';
import type { EventMessage, SyncEventBackend } from 'ackline';
import { syncSqliteBackend } from 'ackline/sqlite';
import { ManualRuntime } from 'ackline/testing';
import { expect, test } from 'vitest';
import type { SqliteDatabase } from '../../../src/backends/sqlite/sqlite-handle.ts';
import { openHandles } from './temporary-database.ts';

interface Noted {
  readonly database: SqliteDatabase;
  /** How many times a fencing token was written. */
  tokenWrites: number;
  /** The next commit fails. */
  refusesCommit: boolean;
}

function noted(handle: DatabaseSync): Noted {
  const all: Noted = {
    tokenWrites: 0,
    refusesCommit: false,
    database: {
      exec: (sql) => handle.exec(sql),
      prepare(sql) {
        const statement = handle.prepare(sql);
        return {
          all: (...values) => statement.all(...values),
          get: (...values) => statement.get(...values),
          run(...values) {
            if (sql.startsWith('UPDATE ackline_state SET lease')) all.tokenWrites += 1;
            if (sql === 'COMMIT' && all.refusesCommit) {
              all.refusesCommit = false;
              throw new Error('disk I/O error');
            }
            return statement.run(...values);
          },
        };
      },
    },
  };
  return all;
}

function takeNext(backend: SyncEventBackend): EventMessage {
  const message = backend.dequeue('orders', 0);
  if (!message) throw new Error('no event is due');
  return message;
}

/** The tokens of as many claims, each of one event. */
function claims(backend: SyncEventBackend, count: number): number[] {
  return Array.from({ length: count }, () => {
    const { eventId, lease } = takeNext(backend);
    expect(backend.ack(eventId, lease)).toBe('ok');
    return Number(lease);
  });
}

function expectGrowth(tokens: readonly number[]): void {
  for (const [index, token] of tokens.entries())
    if (index > 0) expect(token).toBeGreaterThan(tokens[index - 1] as number);
}

function publish(backend: SyncEventBackend, count: number): void {
  for (let number = 0; number < count; number += 1) backend.publish('orders', number);
}

test('a connection that claims alone writes one of many tokens, and they grow', () => {
  const handle = noted(openHandles()());
  const backend = syncSqliteBackend({ database: handle.database, runtime: new ManualRuntime() });
  publish(backend, 2_500);
  expectGrowth(claims(backend, 2_500));
  expect(handle.tokenWrites).toBe(3);
});

test('tokens grow over connections that claim in turns, and over an event that is redriven', () => {
  const open = openHandles();
  const runtime = new ManualRuntime();
  const [first, second] = [open(), open()].map((database) =>
    syncSqliteBackend({ database, runtime }),
  ) as [SyncEventBackend, SyncEventBackend];
  publish(first, 12);
  expectGrowth([first, second, second, first, first, second].flatMap((one) => claims(one, 2)));
  publish(first, 1);
  const rejected = takeNext(second);
  second.reject?.(rejected.eventId, rejected.lease);
  first.redrive?.('orders');
  const again = takeNext(first);
  expect(again.eventId).toBe(rejected.eventId);
  expect(Number(again.lease)).toBeGreaterThan(Number(rejected.lease));
  expect(second.ack(again.eventId, rejected.lease)).toBe('stale');
});

test('tokens that were reserved by a commit that failed are given once', () => {
  const open = openHandles();
  const runtime = new ManualRuntime();
  const handle = noted(open());
  const first = syncSqliteBackend({ database: handle.database, runtime });
  const second = syncSqliteBackend({ database: open(), runtime });
  publish(first, 6);
  handle.refusesCommit = true;
  expect(() => takeNext(first)).toThrow('disk I/O error');
  expectGrowth([second, first, first, second, second, first].flatMap((one) => claims(one, 1)));
});

test('a clock that was set back while no process ran is noticed, as it is 100 ms after a token was written', async () => {
  const open = openHandles();
  const runtime = new ManualRuntime();
  const first = syncSqliteBackend({ database: open(), runtime });
  publish(first, 3);
  claims(first, 1);
  await runtime.advance(3_000);
  claims(first, 1);
  first.publish('orders', 'late', null, { delayMs: 5_000 });
  first.shutdown();
  const earlier = new ManualRuntime({ startAt: runtime.now() - 2_000 });
  const second = syncSqliteBackend({ database: open(), runtime: earlier });
  claims(second, 1);
  await earlier.advance(5_000);
  expect(takeNext(second).payload).toBe('late');
});
