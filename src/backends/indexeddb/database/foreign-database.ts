import { AcklineError } from '../../../core/errors.ts';
import type { Runtime } from '../../../core/runtime.ts';

/** The stores that a database of this library has had from the first version of its schema on. */
const STORES = [
  'meta',
  'segments',
  'late',
  'returned',
  'claims',
  'epochs',
  'endings',
  'dead',
  'reserve',
  'aside',
];

/** Whether the database belongs to another program: it lacks stores that every version of this library makes. */
export function isForeign({ objectStoreNames }: IDBDatabase): boolean {
  return STORES.some((store) => !objectStoreNames.contains(store));
}

/** The same of a database that cannot be opened for its version. `false` where that cannot be found out in time. */
export function isForeignByName(
  factory: IDBFactory,
  name: string,
  runtime: Runtime,
  timeoutMs: number,
): Promise<boolean> {
  return new Promise((resolve) => {
    const stopTimer = runtime.after(timeoutMs, () => resolve(false));
    const request = factory.open(name);
    // The database was deleted in the meantime: opening it must not make a new one.
    request.onupgradeneeded = () => request.transaction?.abort();
    request.onerror = () => {
      stopTimer();
      resolve(false);
    };
    request.onsuccess = () => {
      stopTimer();
      resolve(isForeign(request.result));
      request.result.close();
    };
  });
}

export function foreignError(name: string): AcklineError {
  const message = `the database ${name} belongs to another program and was left untouched: give the option database another name`;
  return new AcklineError('foreign-database', message);
}
