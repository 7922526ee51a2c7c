import type { Runtime } from 'ackline';
import { allFeatures, indexedDbBackend } from 'ackline/indexeddb';
import { isSound } from '../../../src/backends/indexeddb/schema/row-checks.ts';
import type { Opened } from '../../written-values.ts';
import { settled } from './open-indexeddb.ts';

const STORES = ['segments', 'late', 'returned', 'claims', 'epochs', 'endings', 'dead', 'aside'];

/** A fresh database. At the end of the test each of its rows is checked. */
export function openInspected(runtime: Runtime, leaseMode: 'exclusive' | 'available'): Opened {
  const database = crypto.randomUUID();
  const backend = indexedDbBackend({ features: allFeatures, database, runtime, leaseMode });
  return { backend, inspect: () => checkRows(database) };
}

/** Asserts that all rows that the library wrote pass its checks, and that no row was quarantined. */
async function checkRows(name: string): Promise<void> {
  const database = await settled(indexedDB.open(name));
  for (const store of STORES)
    for (const row of await settled(database.transaction(store).objectStore(store).getAll()))
      if (store === 'aside' || !isSound(store as 'segments', row))
        throw new Error(`a row of ${store} cannot be used: ${JSON.stringify(row)}`);
  database.close();
  await settled(indexedDB.deleteDatabase(name));
}
