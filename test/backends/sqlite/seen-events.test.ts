// Covers src/backends/sqlite/seen-events.ts
import { DatabaseSync } from 'node:sqlite';
import type { PublishOptions } from 'ackline';
import { syncSqliteBackend } from 'ackline/sqlite';
import { ManualRuntime } from 'ackline/testing';
import { expect, test } from 'vitest';
import type { SqliteDatabase } from '../../../src/backends/sqlite/sqlite-handle.ts';
import { openHandles } from './temporary-database.ts';

/** What the search for an event in the whole queue asks. */
const SEARCH = 'p.event_id = ? ORDER BY p.place LIMIT 1';

/** A handle that counts the searches. */
function counting(database: DatabaseSync, count: () => void): SqliteDatabase {
  return {
    exec: (sql) => database.exec(sql),
    prepare(sql) {
      const statement = database.prepare(sql);
      if (!sql.includes(SEARCH)) return statement;
      return new Proxy(statement, {
        get(target, name) {
          const value = Reflect.get(target, name) as unknown;
          if (typeof value !== 'function') return value;
          return (...given: unknown[]) => {
            if (['get', 'all', 'run'].includes(String(name))) count();
            return Reflect.apply(value, target, given) as unknown;
          };
        },
      });
    },
  };
}

const EVENTS = 2_000;

test.each<[string, PublishOptions]>([
  ['plain events', {}],
  ['delayed events', { delayMs: 60_000 }],
  ['events of one key', { key: 'k' }],
  ['events that wait for another one', { after: 'first' }],
])('a list of cancels searches the queue a few times only: %s', (_, options) => {
  let searches = 0;
  const database = counting(new DatabaseSync(':memory:'), () => {
    searches += 1;
  });
  const backend = syncSqliteBackend({ database, runtime: new ManualRuntime() });
  backend.publish('c', 0, null, { id: 'first', retentionMs: 60_000, delayMs: 60_000 });
  const drafts = Array.from({ length: EVENTS }, (_, payload) => ({
    ...{ channel: 'c', payload, options },
  }));
  const ids = backend.publishMany?.(drafts) ?? [];
  const shuffled = ids.map((id, index) => [(index * 7919) % EVENTS, id] as const);
  for (const [, id] of shuffled.sort(([a], [b]) => a - b))
    expect(backend.cancel?.('c', id)).toBe('ok');
  expect(searches).toBeGreaterThan(0);
  expect(searches).toBeLessThan(20);
  expect(backend.stats?.('c')).toMatchObject({ ready: 0, scheduled: 1 });
});

test('a cancel believes nothing that it remembers: other contexts have claimed, acknowledged and cancelled events meanwhile', () => {
  const openHandle = openHandles();
  const runtime = new ManualRuntime();
  const open = () => syncSqliteBackend({ database: openHandle(), runtime });
  const [backend, other] = [open(), open()];
  const drafts = Array.from({ length: 6 }, (_, payload) => ({ channel: 'c', payload }));
  const [first, second, third, fourth, fifth] = backend.publishMany?.(drafts) ?? [];
  expect(backend.cancel?.('c', String(fifth))).toBe('ok');
  const messages = other.dequeueMany?.('c', 3, 0) ?? [];
  expect(messages.map(({ eventId }) => eventId)).toEqual([first, second, third]);
  other.ack(String(second), messages[1]?.lease);
  other.nack(String(third), messages[2]?.lease, { delayMs: 1_000 });
  other.cancel?.('c', String(fourth));
  const answers = [first, second, third, fourth].map((id) => backend.cancel?.('c', String(id)));
  expect(answers).toEqual(['stale', 'gone', 'ok', 'gone']);
});
