import type { PlannedRequest } from './storage-actions.ts';

export type Log = (entry: string) => void;

/** A transaction with one of its stores. */
export interface Used {
  readonly transaction: IDBTransaction;
  readonly store: IDBObjectStore;
}

/** As an upgrade of schema/upgrade.ts: it only adds, and may change the rows of a store by a cursor. */
export function addStores(
  database: IDBDatabase,
  transaction: IDBTransaction,
  oldVersion: number,
  newVersion: number,
): void {
  if (oldVersion === 0) createStores(database);
  database.createObjectStore(`added ${newVersion}`, { keyPath: 'key' }).add({ key: 'identity' });
  const rows = transaction.objectStore('rows');
  rows.createIndex(`place ${newVersion}`, ['queue', 'at']);
  rows.openCursor().onsuccess = ({ target }) => {
    const cursor = (target as IDBRequest<IDBCursorWithValue | null>).result;
    cursor?.update({ ...cursor.value, generation: newVersion });
    cursor?.continue();
  };
}

function createStores(database: IDBDatabase): void {
  const rows = database.createObjectStore('rows', { keyPath: ['queue', 'at'] });
  rows.createIndex('since', ['queue', 'since']);
  const numbered = database.createObjectStore('numbered', { keyPath: 'n', autoIncrement: true });
  numbered.createIndex('queue', ['queue', 'n']);
  const ids = database.createObjectStore('ids', { keyPath: ['until', 'id'] });
  ids.createIndex('event', 'published', { unique: true, multiEntry: true });
  database.createObjectStore('plain');
}

/** Notes what becomes of a request, and does what its handler is to do. */
export function observe(
  transaction: IDBTransaction,
  request: IDBRequest,
  { verb, steps = 0, handler }: PlannedRequest,
  name: string,
  log: Log,
): void {
  let left = steps;
  request.onsuccess = () => {
    const { result } = request;
    const isCursor = verb.startsWith('open');
    log(`${name} ${isCursor ? showCursor(result) : show(result)}`);
    if (handler === 'abort') return transaction.abort();
    left -= 1;
    if (isCursor && result && left > 0) result.continue();
  };
  request.onerror = (event) => {
    // In Firefox a cursor that waits gets the error of the request that ends its transaction.
    log(`${name} failed ${verb.startsWith('open') ? '' : request.error?.name}`);
    if (handler === 'prevent') event.preventDefault();
  };
}

function showCursor(cursor: IDBCursorWithValue | IDBCursor | null): string {
  if (cursor === null) return 'null';
  const value = 'value' in cursor ? cursor.value : undefined;
  return show([cursor.key, cursor.primaryKey, value]);
}

/** Names the members of objects in one order. */
function show(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(show)}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([key, member]) => `${key}:${show(member)}`)}}`;
}

/** Makes a call that may throw, and notes the name of the error. */
export function attempt<T>(log: Log, call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    log(`threw ${(error as Error).name}`);
    return undefined;
  }
}

/** Uses a transaction that has ended. */
export function reuse(used: Used | undefined, log: Log): void {
  if (!used) return;
  const { transaction, store } = used;
  const calls = [
    () => transaction.objectStore(store.name),
    () => store.get(1),
    () => transaction.commit(),
    () => transaction.abort(),
  ];
  for (const call of calls) attempt(log, call);
}
