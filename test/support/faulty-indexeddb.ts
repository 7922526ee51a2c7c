/**
 * What happens to a transaction that writes.
 *
 * - `rolled-back`: all its requests succeed, then it aborts with its connection, as when the storage process dies.
 * - `quota`: the same, because the quota is used up. As in browsers the only sign is `abort` at commit.
 * - `answer-lost`: it commits, but its context gets `abort`.
 * - `silence`: it commits, and its context gets no event, as when the context ends at that moment.
 * - `closed`: the connection was lost before it began.
 */
export type StorageFault = 'rolled-back' | 'quota' | 'answer-lost' | 'silence' | 'closed';

/** What a transaction is for. Its stores show it. */
export type Purpose = keyof typeof PURPOSES;

const GUARDS = ['epochs', 'endings'];

const PURPOSES = {
  publish: (stores: readonly string[]) => !GUARDS.some((guard) => stores.includes(guard)),
  claim: (stores: readonly string[]) => stores.includes('epochs'),
  settle: (stores: readonly string[]) => stores.includes('endings') && !stores.includes('epochs'),
};

export interface FaultyIndexedDb {
  /** For the option `indexedDB` of the backend whose storage shall fail. */
  readonly factory: IDBFactory;
  /** The next `times` transactions for that purpose have `fault`. */
  strike(fault: StorageFault, purpose: Purpose, times?: number): void;
  /** Faults that have not happened yet. */
  readonly pending: number;
}

interface Strike {
  readonly fault: StorageFault;
  readonly purpose: Purpose;
}

/** The IndexedDB of the platform with faults that `fake-indexeddb` never has. */
export function faultyIndexedDb(): FaultyIndexedDb {
  const strikes: Strike[] = [];
  const addFaults = (database: IDBDatabase) => {
    const begin = database.transaction.bind(database);
    database.transaction = (stores, mode, options) => {
      const names = typeof stores === 'string' ? [stores] : [...stores];
      if (mode !== 'readwrite') return begin(stores, mode, options);
      const index = strikes.findIndex(({ purpose }) => PURPOSES[purpose](names));
      const fault = index < 0 ? undefined : strikes.splice(index, 1)[0]?.fault;
      if (fault === 'closed') throw new DOMException('closed', 'InvalidStateError');
      const transaction = begin(stores, mode, options);
      if (fault) applyFault(transaction, fault);
      return transaction;
    };
  };
  return {
    factory: factoryOf(addFaults),
    strike: (fault, purpose, times = 1) => {
      for (let time = 0; time < times; time += 1) strikes.push({ fault, purpose });
    },
    get pending() {
      return strikes.length;
    },
  };
}

function factoryOf(addFaults: (database: IDBDatabase) => void): IDBFactory {
  const open = (...given: Parameters<IDBFactory['open']>) => {
    const request = indexedDB.open(...given);
    request.addEventListener('success', () => addFaults(request.result));
    return request;
  };
  return { open } as unknown as IDBFactory;
}

function applyFault(transaction: IDBTransaction, fault: Exclude<StorageFault, 'closed'>): void {
  if (fault === 'rolled-back') rollBack(transaction, 'UnknownError');
  if (fault === 'quota') rollBack(transaction, 'QuotaExceededError');
  if (fault === 'answer-lost') hideCompletion(transaction, () => fail(transaction, 'UnknownError'));
  if (fault === 'silence') hideCompletion(transaction, () => undefined);
}

/** Adds one request. Its success event comes after those of all other requests. */
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

/** Prevents the owner of the transaction from getting `complete`. */
function hideCompletion(transaction: IDBTransaction, replace: () => void): void {
  const seen = { complete: false };
  Object.defineProperty(transaction, 'oncomplete', { set: () => undefined, get: () => null });
  transaction.addEventListener('complete', (event) => {
    if (seen.complete) return;
    seen.complete = true;
    replace();
    if (transaction.error) transaction.onabort?.(event);
  });
}
