import type { BackendStatus } from '../backends/indexeddb/database/backend-status.ts';
import type { Inspectable } from '../inspection/inspectable.ts';
import { statusStore } from '../stores/status-store.ts';
import { useStore } from './use-store.ts';

/**
 * The status of an IndexedDB backend, of the backend itself or of a channel over it. Undefined on a server, during hydration, and
 * without `target` (null or undefined). Renders throw a `TypeError` over another backend, which has no status.
 *
 * @example
 * const status = useStatus(events);
 * if (status?.state === 'failed') return createElement('p', null, String(status.reason?.message));
 */
export function useStatus(target: Inspectable | null | undefined): BackendStatus | undefined {
  return useStore<BackendStatus | undefined>(target ? statusStore(target) : undefined, undefined);
}
