import { DatabaseSync } from 'node:sqlite';
import { sqliteBackend, syncSqliteBackend } from 'ackline/sqlite';
import type { Requirement } from 'ackline/testing';
import { asyncOverSync } from '../../async-over-sync.ts';
import { QUEUE, type TestedBackend } from '../../backends.ts';
import { openHandles } from './temporary-database.ts';

export const SQLITE: readonly Requirement[] = [...QUEUE, 'expiry'];

/** The backends over SQLite, which run in Node only. */
export const testedSqlite: Readonly<Record<string, TestedBackend>> = {
  SQLite: {
    features: [...SQLITE, 'waiting', 'keepAlive'],
    open(runtime) {
      const openHandle = openHandles();
      return () => sqliteBackend({ database: openHandle(), runtime });
    },
  },
  'SQLite (one handle, in memory)': {
    features: [...SQLITE, 'waiting', 'keepAlive'],
    open(runtime) {
      const database = new DatabaseSync(':memory:');
      return () => sqliteBackend({ database, runtime });
    },
  },
  'SQLite (synchronous)': {
    features: SQLITE,
    open(runtime) {
      const openHandle = openHandles();
      return () => asyncOverSync(syncSqliteBackend({ database: openHandle(), runtime }));
    },
  },
};
