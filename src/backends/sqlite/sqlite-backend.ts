import type { AsyncEventBackend } from '../../core/protocols/protocols.ts';
import { FULL_CAPABILITIES } from '../../queue/capabilities.ts';
import { QueueBackend } from '../../queue/queue-backend.ts';
import { runLetters } from '../../queue/run-letters.ts';
import { AsyncStore } from './async-store.ts';
import { HintNotifier } from './hint-notifier.ts';
import { type SqliteBackendOptions, sqliteOptions } from './sqlite-options.ts';
import { SqliteSource } from './sqlite-source.ts';
import { SqliteStore } from './sqlite-store.ts';

/** A call blocks its thread for a lock no longer than this. It then goes on waiting without blocking. */
const MAX_BLOCK_MS = 2;

/**
 * Keeps events in a SQLite database, which several processes of one machine may share. Statements run on the calling thread.
 * The tables are made by the first call. Errors of calls: `busy`; `storage`; `quota`; `newer-schema`; `foreign-database`.
 *
 * @example
 * const database = new DatabaseSync('queue.db'); // of node:sqlite
 * const events = new EventChannel({ backend: sqliteBackend({ database }) });
 */
export function sqliteBackend(options: SqliteBackendOptions): AsyncEventBackend {
  const { busyTimeoutMs, hintIntervalMs, ...parts } = sqliteOptions(options);
  const { runtime } = parts;
  const maxBlockMs = Math.min(MAX_BLOCK_MS, busyTimeoutMs);
  const store = new SqliteStore({
    ...parts,
    wake: (queue) => notifier.notify([queue]),
    maxBlockMs,
  });
  const { connection } = store;
  const notifier = new HintNotifier({ connection, runtime, hintIntervalMs });
  return new QueueBackend({
    backendName: 'SQLite',
    store: new AsyncStore(store, new SqliteSource(store, notifier), busyTimeoutMs),
    notifier,
    runtime,
    capabilities: FULL_CAPABILITIES,
    runLetters,
  });
}
