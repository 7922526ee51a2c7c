import { checkOptions, checkWholeNumber, refuse } from '../../core/options.ts';
import type { AsyncEventBackend } from '../../core/protocols.ts';
import type { Runtime } from '../../core/runtime.ts';
import { systemRuntime } from '../../core/system-runtime.ts';
import { QueueBackend } from '../../queue/queue-backend.ts';
import { Connection } from './connection.ts';
import { HintNotifier } from './hint-notifier.ts';
import { IndexedDbStore } from './indexeddb-store.ts';
import type { Durability } from './transact.ts';

export interface IndexedDbBackendOptions {
  /** Names the database. Contexts that give the same name share its events. */
  readonly database: string;
  /** The factory to open it with; default is the platform's. One that is given needs its classes as globals, as `fake-indexeddb/auto` sets them. */
  readonly indexedDB?: IDBFactory;
  /**
   * When a write counts as done; default `relaxed`: once the operating system has it, which survives a crash of
   * the page and of the browser, but not always one of the machine. `strict`: once it is on disk; slower.
   */
  readonly durability?: Durability;
  /** How long opening may take before `open-timeout`, in milliseconds, from 1; default 10,000. */
  readonly openTimeoutMs?: number;
  /** The clock that leases and delays go by; default is the system's. */
  readonly runtime?: Runtime;
}

/**
 * Keeps events in IndexedDB: they survive reloads, crashes and the end of the browser, and are shared out among
 * all tabs and workers of the origin that open the same database. Nothing is opened before the first call.
 *
 * Errors of its calls: `open-timeout`, `newer-schema`, `quota`, `storage`.
 *
 * @example
 * const events = new EventChannel({ backend: indexedDbBackend({ database: 'shop' }) });
 */
export function indexedDbBackend(options: IndexedDbBackendOptions): AsyncEventBackend {
  checkOptions(options);
  const {
    database,
    durability = 'relaxed',
    openTimeoutMs = 10_000,
    runtime = systemRuntime,
  } = options;
  if (typeof database !== 'string' || database === '')
    refuse('database', 'a name of at least one character', database);
  if (durability !== 'relaxed' && durability !== 'strict')
    refuse('durability', "'relaxed' or 'strict'", durability);
  checkWholeNumber('openTimeoutMs', openTimeoutMs, 1);
  const platform = typeof indexedDB === 'undefined' ? undefined : indexedDB;
  const factory = options.indexedDB ?? platform;
  if (typeof factory?.open !== 'function') refuse('indexedDB', 'an IDBFactory', factory);
  const onReopened = () => store.forget();
  const connection = new Connection({
    factory,
    database,
    durability,
    openTimeoutMs,
    runtime,
    onReopened,
  });
  const store: IndexedDbStore = new IndexedDbStore(connection, runtime);
  const notifier = new HintNotifier(database, (event) => store.report(event));
  return new QueueBackend({ backendName: 'indexeddb', store, notifier, runtime });
}
