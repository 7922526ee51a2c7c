/** A minimal promise wrapper of IndexedDB for the queues that are written by hand. */

export type Upgrade = (database: IDBDatabase) => void;

export function openDatabase(name: string, upgrade: Upgrade): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => upgrade(request.result);
  return resultOf(request);
}

/** If a peer keeps the database open, it is deleted when the page ends. */
export function deleteDatabase(name: string): Promise<unknown> {
  const request = indexedDB.deleteDatabase(name);
  const blocked = new Promise((resolve) => {
    request.onblocked = resolve;
  });
  return Promise.race([resultOf(request), blocked]);
}

export function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Resolves when the transaction is complete, not when its requests have succeeded. */
export function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}
