import { type ManualRuntime, recordingObserver } from 'ackline/testing';
import { onTestFinished } from 'vitest';
import { allFeatures } from '../../../src/backends/indexeddb/all-features.ts';
import { ClaimLocks } from '../../../src/backends/indexeddb/claiming/claim-locks.ts';
import { Connection } from '../../../src/backends/indexeddb/database/connection.ts';
import { combined } from '../../../src/backends/indexeddb/indexeddb-feature.ts';
import { IndexedDbStore } from '../../../src/backends/indexeddb/indexeddb-store.ts';
import { browseQuarantined } from '../../../src/backends/indexeddb/inspection/browse-rows.ts';
import { OwnerLock } from '../../../src/backends/indexeddb/liveness/owner-lock.ts';
import { ignore } from '../../../src/core/runtime/ignore.ts';
import { FULL_CAPABILITIES } from '../../../src/queue/capabilities.ts';
import { LocalNotifier } from '../../../src/queue/notifier.ts';
import { QueueBackend } from '../../../src/queue/queue-backend.ts';
import { runLetters } from '../../../src/queue/run-letters.ts';
import { openDatabase, settled } from './open-indexeddb.ts';

const { groups: _groups, ...UNGROUPED } = FULL_CAPABILITIES;

type FeaturedBackend = QueueBackend & Required<Pick<QueueBackend, 'redrive' | 'purge' | 'cancel'>>;

/** A context over `database` whose store the test can read. */
function openContext(database: string, runtime: ManualRuntime, maxDeadLetters = 10_000) {
  const connection = new Connection({
    factory: indexedDB,
    database,
    durability: 'relaxed',
    openTimeoutMs: 10_000,
    runtime,
    onStatus: ignore,
    onReset: () => store.forget(),
    onDestroyed: () => {},
  });
  const ownerLock = new OwnerLock({
    locks: undefined,
    prefix: '',
    newName: () => '',
    onDeath: ignore,
    onRefused: ignore,
    onLost: ignore,
  });
  const store: IndexedDbStore = new IndexedDbStore({
    connection,
    ownerLock,
    claimLocks: new ClaimLocks({ database, locks: undefined, runtime }),
    onFreed: () => undefined,
    onContention: ignore,
    leaseMode: 'available',
    runtime,
    maxDeadLetters,
    onNews: ignore,
    onChange: ignore,
    onScanned: ignore,
    isWaitedFor: () => false,
    onClose: ignore,
    onGroups: ignore,
    copying: () => undefined,
    features: combined(allFeatures).parts,
  });
  const notifier = new LocalNotifier();
  const parts = {
    store,
    notifier,
    runtime,
    runLetters,
    capabilities: UNGROUPED,
  };
  const backend = new QueueBackend({ backendName: 'indexeddb', ...parts }) as FeaturedBackend;
  const observer = recordingObserver();
  backend.observe(observer);
  onTestFinished(() => backend.shutdown());
  const quarantined = (channel: string, limit: number) =>
    browseQuarantined(connection, channel, limit);
  return { connection, store: Object.assign(store, { quarantined }), backend, observer };
}

export type Context = ReturnType<typeof openContext>;

/** A new database for one test, with functions that write rows as other programs can. */
export async function openStore() {
  const { database, runtime, rows, rowsLeft, tidied } = openDatabase();
  const context = openContext(database, runtime);
  await context.backend.stats('a');
  return {
    ...context,
    database,
    runtime,
    rows,
    rowsLeft,
    tidied,
    /** Opens another context over the same database. */
    open: (maxDeadLetters?: number) => openContext(database, runtime, maxDeadLetters),
    /** Writes rows as any script of the origin can. Resolves with their keys. */
    async write(store: string, ...written: readonly unknown[]): Promise<IDBValidKey[]> {
      const opened = await settled(indexedDB.open(database));
      try {
        const target = opened.transaction(store, 'readwrite').objectStore(store);
        return await Promise.all(written.map((row) => settled(target.put(row))));
      } finally {
        opened.close();
      }
    },
    async remove(store: string, key: IDBValidKey): Promise<void> {
      const opened = await settled(indexedDB.open(database));
      await settled(opened.transaction(store, 'readwrite').objectStore(store).delete(key));
      opened.close();
    },
  };
}

export type OpenStore = Awaited<ReturnType<typeof openStore>>;

/** Dequeues and acknowledges all due events. Resolves with their payloads. */
export async function drain(
  { backend }: Pick<Context, 'backend'>,
  channel: string,
): Promise<unknown[]> {
  const payloads: unknown[] = [];
  for (;;) {
    const messages = await backend.dequeueMany(channel, 3, 0);
    if (messages.length === 0) return payloads;
    for (const { eventId, lease, payload } of messages) {
      payloads.push(payload);
      await backend.ack(eventId, lease);
    }
  }
}
