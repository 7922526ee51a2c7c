import type { BackendStatus } from '../backends/indexeddb/database/backend-status.ts';
import { refuse } from '../core/options/options.ts';
import { backendOf } from '../core/protocols/shared-backend.ts';
import type { Stop } from '../core/runtime/runtime.ts';
import { keptStore } from './kept-store.ts';
import type { Store } from './store.ts';

/** A backend with a status: that of IndexedDB. */
export interface StatusSource {
  status(): BackendStatus;
  watchStatus(watcher: (status: BackendStatus) => void): Stop;
}

/** Takes a channel or its backend. Throws a `TypeError` for any other value. */
export function statusStore(target: object): Store<BackendStatus> {
  const source = (backendOf(target) ?? target) as Partial<StatusSource>;
  if (typeof source.status !== 'function' || typeof source.watchStatus !== 'function')
    return refuse(
      'the argument of useStatus',
      'an IndexedDB backend or a channel over one',
      target,
    );
  const { status, watchStatus } = source as StatusSource;
  return keptStore(source, 'status', () => ({
    getSnapshot: () => status(),
    subscribe: (onChange) => watchStatus(onChange),
  }));
}
