/** The calls of IndexedDB since the start of the count. Times are from the opening of a transaction to its end. */
export interface RequestCount {
  readonly transactions: Record<string, { count: number; totalMs: number }>;
  readonly requests: Record<string, number>;
}

const STORE_METHODS = [
  'add',
  'put',
  'delete',
  'clear',
  'get',
  'getKey',
  'getAll',
  'getAllKeys',
  'count',
  'openCursor',
  'openKeyCursor',
] as const;

type Wrapped = Record<string, (this: unknown, ...terms: unknown[]) => unknown>;

/** Counts from now on, until the page ends. It shows where the time goes, and gives no figures for the report. */
export function countRequests(): RequestCount {
  const counted: RequestCount = { transactions: {}, requests: {} };
  countTransactions(counted);
  for (const method of STORE_METHODS) {
    countCalls(
      IDBObjectStore.prototype,
      method,
      (store) => `${(store as IDBObjectStore).name}.${method}`,
    );
    if (method in IDBIndex.prototype)
      countCalls(
        IDBIndex.prototype,
        method,
        (index) => `index ${(index as IDBIndex).name}.${method}`,
      );
  }
  for (const method of ['continue', 'update', 'delete'])
    countCalls(IDBCursor.prototype, method, () => `cursor.${method}`);
  return counted;

  function countCalls(prototype: object, method: string, name: (self: unknown) => string): void {
    const original = (prototype as Wrapped)[method];
    if (original === undefined) return;
    (prototype as Wrapped)[method] = function (...terms) {
      const key = name(this);
      counted.requests[key] = (counted.requests[key] ?? 0) + 1;
      return original.apply(this, terms);
    };
  }
}

function countTransactions({ transactions }: RequestCount): void {
  const original = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (stores, mode = 'readonly', options) {
    const transaction = original.call(this, stores, mode, options);
    const key = `${mode} ${[stores].flat().join('+')}`;
    const startedAt = performance.now();
    const end = (outcome: string) => () => {
      const entry = transactions[`${key}${outcome}`] ?? { count: 0, totalMs: 0 };
      transactions[`${key}${outcome}`] = entry;
      entry.count += 1;
      entry.totalMs += performance.now() - startedAt;
    };
    transaction.addEventListener('complete', end(''));
    transaction.addEventListener('abort', end(', aborted'));
    return transaction;
  };
}
