/**
 * What befalls a transaction that writes.
 *
 * - `rolled-back`: all its requests succeed, then it aborts with its connection, as when the storage process dies.
 * - `quota`: the same, for want of room. Like browsers it tells so when it commits, by `abort` alone.
 * - `answer-lost`: it commits, but its context is told that it aborted.
 * - `silence`: it commits, and its context is told nothing, as one that ends at that moment.
 * - `closed`: the connection was lost before it began.
 */
export type StorageFault = 'rolled-back' | 'quota' | 'answer-lost' | 'silence' | 'closed';

/** What a transaction is for, as its stores tell. */
export type Purpose = keyof typeof PURPOSES;

const GUARDS = ['epochs', 'endings'];

const PURPOSES = {
  publish: (stores: readonly string[]) => !GUARDS.some((guard) => stores.includes(guard)),
  claim: (stores: readonly string[]) => stores.includes('epochs'),
  settle: (stores: readonly string[]) => stores.includes('endings') && !stores.includes('epochs'),
};

export interface FaultyIndexedDb {
  /** To be given to the backend whose storage is to fail. */
  readonly factory: IDBFactory;
  /** The next `times` transactions for that purpose meet with `fault`. */
  strike(fault: StorageFault, purpose: Purpose, times?: number): void;
  /** Faults that have not happened yet. */
  readonly pending: number;
}

interface Strike {
  readonly fault: StorageFault;
  readonly purpose: Purpose;
}

/** The platform's IndexedDB with the faults that `fake-indexeddb` is too kind for. */
export function faultyIndexedDb(): FaultyIndexedDb {
  const strikes: Strike[] = [];
  const afflict = (database: IDBDatabase) => {
    const begin = database.transaction.bind(database);
    database.transaction = (stores, mode, options) => {
      const names = typeof stores === 'string' ? [stores] : [...stores];
      if (mode !== 'readwrite') return begin(stores, mode, options);
      const index = strikes.findIndex(({ purpose }) => PURPOSES[purpose](names));
      const fault = index < 0 ? undefined : strikes.splice(index, 1)[0]?.fault;
      if (fault === 'closed') throw new DOMException('closed', 'InvalidStateError');
      const transaction = begin(stores, mode, options);
      if (fault) befall(transaction, fault);
      return transaction;
    };
  };
  return {
    factory: factoryOf(afflict),
    strike: (fault, purpose, times = 1) => {
      for (let time = 0; time < times; time += 1) strikes.push({ fault, purpose });
    },
    get pending() {
      return strikes.length;
    },
  };
}

function factoryOf(afflict: (database: IDBDatabase) => void): IDBFactory {
  const open = (...given: Parameters<IDBFactory['open']>) => {
    const request = indexedDB.open(...given);
    request.addEventListener('success', () => afflict(request.result));
    return request;
  };
  return { open } as unknown as IDBFactory;
}

function befall(transaction: IDBTransaction, fault: Exclude<StorageFault, 'closed'>): void {
  if (fault === 'rolled-back') rollBack(transaction, 'UnknownError');
  if (fault === 'quota') rollBack(transaction, 'QuotaExceededError');
  if (fault === 'answer-lost') tellOtherwise(transaction, () => fail(transaction, 'UnknownError'));
  if (fault === 'silence') tellOtherwise(transaction, () => undefined);
}

/** One request more than it asked for, whose success comes after that of all the others. */
function rollBack(transaction: IDBTransaction, errorName: string): void {
  transaction.commit = () => {
    const [store = ''] = transaction.objectStoreNames;
    transaction.objectStore(store).count().onsuccess = () => {
      transaction.abort();
      fail(transaction, errorName);
    };
  };
}

function fail(transaction: IDBTransaction, errorName: string): void {
  Object.defineProperty(transaction, 'error', { value: new DOMException('fault', errorName) });
}

/** Keeps from its owner that it is complete. */
function tellOtherwise(transaction: IDBTransaction, spoil: () => void): void {
  const told = { complete: false };
  Object.defineProperty(transaction, 'oncomplete', { set: () => undefined, get: () => null });
  transaction.addEventListener('complete', (event) => {
    if (told.complete) return;
    told.complete = true;
    spoil();
    if (transaction.error) transaction.onabort?.(event);
  });
}
