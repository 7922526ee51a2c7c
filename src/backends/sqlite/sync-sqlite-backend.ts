import type { SyncEventBackend } from '../../core/protocols/protocols.ts';
import { SyncQueueBackend } from '../../queue/sync-queue-backend.ts';
import { HintNotifier } from './hint-notifier.ts';
import { SYNC_NAMES, type SyncSqliteBackendOptions, sqliteOptions } from './sqlite-options.ts';
import { SqliteSource } from './sqlite-source.ts';
import { SqliteStore } from './sqlite-store.ts';

/**
 * {@link sqliteBackend} without promises. `dequeue` answers at once and ignores its poll interval. A call that finds the database
 * locked blocks the thread for up to `busyTimeoutMs`.
 *
 * @example
 * const database = new DatabaseSync('queue.db'); // of node:sqlite
 * const events = new SyncEventChannel({ backend: syncSqliteBackend({ database }) });
 */
export function syncSqliteBackend(options: SyncSqliteBackendOptions): SyncEventBackend {
  const { busyTimeoutMs, hintIntervalMs, ...parts } = sqliteOptions(options, SYNC_NAMES);
  const { runtime } = parts;
  const store = new SqliteStore({
    ...parts,
    wake: (queue) => notifier.notify([queue]),
    maxBlockMs: busyTimeoutMs,
  });
  const { connection } = store;
  const notifier = new HintNotifier({ connection, runtime, hintIntervalMs });
  store.source = new SqliteSource(store, notifier);
  return new SyncQueueBackend({ backendName: 'SQLite (synchronous)', store, notifier, runtime });
}
