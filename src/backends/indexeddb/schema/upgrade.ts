import { type IDBPDatabase, unwrap } from 'idb';
import type { MetaRow } from './meta-row.ts';
import type { AcklineSchema } from './schema.ts';

export const SCHEMA_VERSION = 9;

/**
 * Brings a database to this schema version. Each version only adds: no row that an older library wrote is deleted. Version 7
 * adds no store. Its number keeps out libraries that would deliver from channels with groups without copying the events.
 */
export function upgrade(
  database: IDBPDatabase<AcklineSchema>,
  oldVersion: number,
  id: string,
  transaction: IDBTransaction,
): void {
  if (oldVersion < 1) createStores(database, id);
  if (oldVersion < 2) transaction.objectStore('returned').createIndex('since', ['queue', 'since']);
  if (oldVersion === 1 || oldVersion === 2) countChanges(transaction.objectStore('claims'));
  if (oldVersion < 4) transaction.objectStore('returned').createIndex('place', PLACE);
  if (oldVersion < 5) createPublishedIds(unwrap(database));
  if (oldVersion < 6) {
    database.createObjectStore('cancelled', { keyPath: ['queue', 'seq', 'at'] });
    transaction.objectStore('returned').createIndex('key', KEY);
    transaction.objectStore('late').createIndex('key', ['queue', 'key', 'seq']);
  }
  if (oldVersion < 8) createResults(database);
  if (oldVersion < 9) transaction.objectStore('returned').createIndex('heldBy', HELD_BY);
}

function createResults(database: IDBPDatabase<AcklineSchema>): void {
  const results = database.createObjectStore('results', { keyPath: ['queue', 'eventId'] });
  results.createIndex('until', 'until');
  results.createIndex('acknowledged', ['queue', 'acknowledgedAt', 'eventId']);
}

/** The unique index lets the transaction of one context alone store an event of an id. */
function createPublishedIds(database: IDBDatabase): void {
  const published = database.createObjectStore('published', { keyPath: ['until', 'id'] });
  published.createIndex('event', 'published', { unique: true, multiEntry: true });
}

/** Position of a waiting event. The index is only read at exact positions, so entries of deleted rows cost no scan time. */
const PLACE = ['queue', 'seq', 'at'];

/** The rows of a key in commit order. Rows without a key are not in the index. */
const KEY = ['queue', 'key', 'seq', 'at'];

/** The events that one event holds back, in commit order. */
const HELD_BY = ['queue', 'heldBy', 'seq', 'at'];

/** A claim with a row of its own has been changed at least once. An upgrade runs alone, so it needs no guard row. */
function countChanges(claims: IDBObjectStore): void {
  claims.openCursor().onsuccess = ({ target }) => {
    const cursor = (target as IDBRequest<IDBCursorWithValue | null>).result;
    cursor?.update({ ...cursor.value, generation: cursor.value.generation + 1 });
    cursor?.continue();
  };
}

function createStores(database: IDBPDatabase<AcklineSchema>, id: string): void {
  const meta = unwrap(database.createObjectStore('meta', { keyPath: 'key' }));
  meta.add({ key: 'identity', id } satisfies MetaRow);
  const segments = database.createObjectStore('segments', { keyPath: 'seq', autoIncrement: true });
  segments.createIndex('fresh', ['queue', 'seq']);
  database.createObjectStore('late', { keyPath: 'id' });
  database.createObjectStore('returned', { keyPath: ['queue', 'dueAt', 'seq', 'at'] });
  database.createObjectStore('claims', { keyPath: ['queue', 'epoch'] });
  database.createObjectStore('epochs', { keyPath: ['queue', 'epoch'] });
  database.createObjectStore('endings', { keyPath: ['queue', 'epoch', 'generation'] });
  const dead = database.createObjectStore('dead', { keyPath: 'n', autoIncrement: true });
  dead.createIndex('queue', ['queue', 'n']);
  database.createObjectStore('reserve');
  const aside = database.createObjectStore('aside', { keyPath: 'n', autoIncrement: true });
  aside.createIndex('queue', ['queue', 'n']);
}
