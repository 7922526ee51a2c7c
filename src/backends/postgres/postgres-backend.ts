import type { Capabilities } from '../../core/protocols/capability.ts';
import type { AsyncEventBackend } from '../../core/protocols/protocols.ts';
import type { Stop } from '../../core/runtime/runtime.ts';
import { FULL_CAPABILITIES } from '../../queue/capabilities.ts';
import { QueueBackend } from '../../queue/queue-backend.ts';
import { runLetters } from '../../queue/run-letters.ts';
import { connectionOf } from './connection.ts';
import type { PostgresStatus } from './database.ts';
import { HintNotifier } from './hint-notifier.ts';
import { type PostgresBackendOptions, postgresOptions } from './postgres-options.ts';
import { PostgresSource } from './postgres-source.ts';
import { PostgresStore } from './postgres-store.ts';

const CAPABILITIES: Capabilities = Object.freeze({ ...FULL_CAPABILITIES, sql: true });

/** A backend with what is known about its server. */
export interface PostgresBackend extends AsyncEventBackend {
  status(): PostgresStatus;
  /** Calls `watcher` at each change of the status, until the returned function is called. */
  watchStatus(watcher: (status: PostgresStatus) => void): Stop;
}

/**
 * Keeps events in a PostgreSQL table that sqlspec's events extension can use, too. Any number of processes share it. The tables are
 * made by the first call. Errors of calls: `unavailable`; `forbidden`; `storage`; `busy`; `quota`; `newer-schema`; `foreign-database`;
 * `unsupported` for a server older than version 12.
 *
 * @example
 * const sql = postgres('postgres://shop@db/shop', { fetch_types: false }); // of the package postgres
 * const events = new EventChannel({ backend: postgresBackend({ sql }) });
 * await sql.begin(async (tx) => {
 *   await tx`UPDATE orders SET state = 'placed'`;
 *   await events.publish('order.placed', order, null, { sql: tx }); // stored if the transaction commits
 * });
 */
export function postgresBackend(options: PostgresBackendOptions): PostgresBackend {
  const { sql, ...parts } = postgresOptions(options);
  const { runtime } = parts;
  const connection = connectionOf(sql, parts.prepare);
  const store = new PostgresStore({
    ...parts,
    connection,
    wake: (channel) => notifier.notify([channel]),
    onLost: () => notifier.reset(),
  });
  const notifier = new HintNotifier({
    connection: parts.notify ? connection : undefined,
    runtime,
    open: () => store.database.open(),
  });
  store.source = new PostgresSource(store, notifier);
  const { board } = store.database;
  const backend = new QueueBackend({
    backendName: 'PostgreSQL',
    store,
    notifier,
    runtime,
    capabilities: CAPABILITIES,
    runLetters,
  });
  return Object.assign(backend, {
    status: () => board.current,
    watchStatus: (watcher: (status: PostgresStatus) => void) => board.watch(watcher),
  });
}
