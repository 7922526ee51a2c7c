import { checkChannelName } from '../../core/options/channel-name.ts';
import { checkWholeNumber } from '../../core/options/options.ts';
import type { AsyncEventBackend } from '../../core/protocols/protocols.ts';
import { ignore } from '../../core/runtime/ignore.ts';
import type { Stop } from '../../core/runtime/runtime.ts';
import { type LifecycleListener, watchLifecycle } from '../../platform/page-lifecycle.ts';
import { QueueBackend } from '../../queue/queue-backend.ts';
import type { StatusBoard } from '../../queue/status-board.ts';
import {
  type CheckedOptions,
  checkBackendOptions,
  type IndexedDbBackendOptions,
} from './backend-options.ts';
import { ClaimLocks } from './claiming/claim-locks.ts';
import { type BackendStatus, statusBoard } from './database/backend-status.ts';
import { Connection } from './database/connection.ts';
import { destroyDatabase } from './database/delete-database.ts';
import { destroyedError } from './database/destroyed-error.ts';
import { ReadLocks } from './database/read-locks.ts';
import type { HintListener } from './hints/hint-listener.ts';
import { HintNotifier } from './hints/hint-notifier.ts';
import { SharedTimer } from './hints/shared-timer.ts';
import { combined, FEATURE_NAMES } from './indexeddb-feature.ts';
import { IndexedDbStore } from './indexeddb-store.ts';
import { browseQuarantined } from './inspection/browse-rows.ts';
import { OwnerLock, type OwnerLockOptions } from './liveness/owner-lock.ts';
import { onlineRetries } from './online-retries.ts';
import { refuseGroups } from './publishing/refuse-groups.ts';
import { publicName } from './schema/groups-row.ts';
import type { QuarantinedRow } from './schema/quarantined-row.ts';
import type { IndexedDbStoreParts } from './store-parts.ts';

/** The IndexedDB backend: the protocol, and methods for its storage. */
export interface IndexedDbBackend extends AsyncEventBackend {
  /** The present state of the storage. */
  status(): BackendStatus;
  /** Calls `watcher` at each change of the status, until the returned function is called. Errors that it throws are dropped. */
  watchStatus(watcher: (status: BackendStatus) => void): Stop;
  /** Rows of a channel that could not be used and are in quarantine, oldest first, at most `limit`. */
  quarantined(channel: string, limit: number): Promise<QuarantinedRow[]>;
  /**
   * Deletes the database with all of its events, as at sign-out, and resolves when it is gone. The backend ends: listeners
   * of its channels stop, and calls reject with `closed`. The same happens in every other context that has the database
   * open. There the status is `closed`, with a reason whose code is `destroyed`. A context that does not have it open at
   * that moment (suspended, or not used yet) finds an empty database later. With the option `partition` this is the database
   * of the partition alone, and a context that was suspended ends, too. Errors: `timeout` if a context that does not answer
   * keeps the database open for `openTimeoutMs`. The database is then deleted when that context ends.
   */
  destroy(): Promise<void>;
}

/**
 * Keeps events in IndexedDB. They survive reloads, crashes and the end of the browser. All tabs and workers of the origin
 * that open the same database share them. The database is opened at the first call, that of a partition at once.
 *
 * Errors of its calls: `open-timeout`, `newer-schema`, `foreign-database`, `quota`, `storage`.
 *
 * @example
 * const events = new EventChannel({ backend: indexedDbBackend({ database: 'shop' }) });
 */
export function indexedDbBackend(given: IndexedDbBackendOptions): IndexedDbBackend {
  const options = checkBackendOptions(given);
  const { locks, runtime, maxDeadLetters } = options;
  const { capabilities, parts: features } = combined(options.features);
  const board = statusBoard(locks ? options.leaseMode : 'available');
  const clock = new SharedTimer(runtime);
  const connection: Connection = new Connection({
    ...options,
    readLocks: readLocksOf(options, () => [connection, notifier]),
    onStatus: (change) => board.post(change),
    onReset: (wasOpen, from) => noteReset(store, from, wasOpen ? ownerLock : undefined),
    onDestroyed: (isGone) => void end(isGone && ownerLock).catch(ignore),
  });
  const ownerLock = ownerLockOf(options, {
    onDeath: (owner) => notifier.noteChanges(store.claimers.queuesOf(owner).map(publicName)),
    onLost: () => store.resume(),
    onRefused: () => board.post({ leaseMode: 'available' }),
  });
  const claimLocks = new ClaimLocks(options);
  const store: IndexedDbStore = new IndexedDbStore({
    ...{ connection, ownerLock, claimLocks, runtime, clock, features, maxDeadLetters },
    ...hintsOf(() => notifier),
    leaseMode: options.leaseMode,
    onGroups: (channel) => (grouped ? grouped.copier.learn(channel) : refuseGroups(channel)),
    copying: () => grouped?.copier,
    onClose: () => unwatch(),
  });
  const grouped = features.groupedStore?.(store, () => runtime.randomId());
  const named = grouped ?? store;
  const notifier = notifierOf(options, named, connection, clock);
  named.observe((event) => 'channel' in event && notifier.noteChanged(event.channel));
  const unwatch = watchLifecycle(lifecycleOf(connection, ownerLock, notifier, claimLocks, store));
  const chosen = { ...options, preferred: named, connection, board, notifier };
  const backend = new QueueBackend({
    backendName: 'indexeddb',
    store: options.fallback === 'throw' ? named : options.fallback(chosen),
    ...{ notifier, runtime, clock, capabilities },
    runLetters: features.runLetters,
    prepare: () => prepare(options, connection, notifier),
  });
  const { end, destroy } = endingOf(options, store, connection, backend);
  const inspection = inspectionOf(connection, board);
  // A purge ends the contexts that have opened the partition. One that only waited for its first call would create it again.
  if (options.isPartition && options.factory) connection.prepare();
  return Object.assign(backend, inspection, { destroy, features: FEATURE_NAMES });
}

/** Begins to open the database and the hint channel before the first call needs them. */
function prepare(options: CheckedOptions, connection: Connection, notifier: HintNotifier): void {
  connection.prepare();
  if (options.factory) notifier.open();
}

/** Another database is in use, in the period `from`. `ownerLock` is given if newer contexts do not see the locks of this context. */
function noteReset(store: IndexedDbStore, from: number, ownerLock: OwnerLock | undefined): void {
  ownerLock?.abandon();
  store.forget(from);
  store.report({ type: 'storage-reset' });
}

/** The ways to end the backend with its database. Its leases are gone with the database, so none is released. */
function endingOf(
  options: CheckedOptions,
  store: IndexedDbStore,
  connection: Connection,
  backend: QueueBackend,
): {
  readonly end: (outdated?: OwnerLock | false) => Promise<unknown>;
  readonly destroy: () => Promise<void>;
} {
  const end = (outdated?: OwnerLock | false) => {
    if (outdated) outdated.abandon();
    store.forget();
    const closed = connection.close(destroyedError(options.database));
    return Promise.all([closed, backend.shutdown()]);
  };
  return { end, destroy: () => end().then(() => destroyDatabase(options)) };
}

/** What the store reports to the notifier. `notifier` is called when the store is used, after both parts are created. */
function hintsOf(
  notifier: () => HintNotifier,
): Pick<
  IndexedDbStoreParts,
  'onContention' | 'onNews' | 'onFreed' | 'onChange' | 'onScanned' | 'isWaitedFor'
> {
  return {
    onContention: (queue) => notifier().announceContention(queue),
    onNews: (queue) => notifier().wake(publicName(queue)),
    onFreed: (queue) => notifier().notify([publicName(queue)]),
    onChange: (queue) => notifier().noteChanged(publicName(queue)),
    onScanned: (report) => notifier().announceScan(report),
    isWaitedFor: (queue) => notifier().isWaitedFor(publicName(queue)),
  };
}

function notifierOf(
  { database, locks, runtime }: CheckedOptions,
  listener: HintListener,
  { readLocks }: Connection,
  clock: SharedTimer,
): HintNotifier {
  const chance = runtime.random();
  return new HintNotifier({ database, locks, clock, chance, listener, readLocks });
}

/** `parts` is called when the locks are used, after both parts are created. */
function readLocksOf(
  { database, locks, runtime }: CheckedOptions,
  parts: () => readonly [Connection, HintNotifier],
): ReadLocks {
  return new ReadLocks({
    // Without BroadcastChannel no other context could ask this one to read again, and would wait for its lock for ever.
    locks: typeof BroadcastChannel === 'undefined' ? undefined : locks,
    prefix: `ackline:${database}:view:`,
    newName: () => runtime.randomId(),
    requestReread: () => parts()[1].requestReread(),
    onHold: () => parts()[1].listen(),
    onUnseen: () => parts()[0].write([['put', 'meta', { key: 'unseen' }]]),
  });
}

function ownerLockOf(
  { database, locks, runtime }: CheckedOptions,
  callbacks: Pick<OwnerLockOptions, 'onDeath' | 'onLost' | 'onRefused'>,
): OwnerLock {
  const prefix = `ackline:${database}:`;
  return new OwnerLock({ locks, prefix, newName: () => runtime.randomId(), ...callbacks });
}

function inspectionOf(
  connection: Connection,
  board: StatusBoard<BackendStatus>,
): Omit<IndexedDbBackend, keyof AsyncEventBackend | 'destroy'> {
  return {
    status: () => board.current,
    watchStatus: (watcher) => board.watch(watcher),
    quarantined: async (channel, limit) => {
      checkChannelName(channel);
      return browseQuarantined(connection, channel, checkWholeNumber('limit', limit, 1));
    },
  };
}

/**
 * A page that is frozen or in the back/forward cache releases everything that other contexts could wait for: its owner
 * lock, so that they can take over its leases, its claim locks, its idle leadership, and its connection. When it runs again
 * it first verifies which of its leases are still its own.
 */
function lifecycleOf(
  connection: Connection,
  ownerLock: OwnerLock,
  notifier: HintNotifier,
  claimLocks: ClaimLocks,
  store: IndexedDbStore,
): LifecycleListener {
  return {
    suspend: () => {
      ownerLock.release();
      claimLocks.suspend();
      notifier.suspend();
      connection.suspend();
    },
    resume: () => {
      if (!connection.resume()) return;
      claimLocks.resume();
      store.resume();
      notifier.resume();
    },
    wake: () => notifier.wakeAll(),
    online: onlineRetries(store, notifier),
  };
}
