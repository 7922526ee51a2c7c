import { AcklineError } from '../../../core/reports/errors.ts';
import type { Runtime } from '../../../core/runtime/runtime.ts';

/** The stores that databases of this library have in every schema version. */
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

/** Whether the database belongs to another program, because it lacks one of {@link STORES}. */
export function isForeign({ objectStoreNames }: IDBDatabase): boolean {
  return STORES.some((store) => !objectStoreNames.contains(store));
}

/** As {@link isForeign}, for a database whose version is too new to open it. `false` if there is no answer in time. */
export function isForeignByName(
  factory: IDBFactory,
  name: string,
  runtime: Runtime,
  timeoutMs: number,
): Promise<boolean> {
  return new Promise((resolve) => {
    const stopTimer = runtime.after(timeoutMs, () => resolve(false));
    const request = factory.open(name);
    // The database was deleted meanwhile, and this must not create a new one.
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
