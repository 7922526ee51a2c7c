import type { ShallowRef } from 'vue';
import type { BackendStatus } from '../backends/indexeddb/database/backend-status.ts';
import type { Inspectable } from '../inspection/inspectable.ts';
import { statusStore } from '../stores/status-store.ts';
import { type Given, given } from './given.ts';
import { useStore } from './use-store.ts';

/**
 * The status of an IndexedDB backend, of the backend itself or of a channel over it. Undefined on a server, before the component
 * is mounted, and without `target` (null or undefined). Errors: `TypeError` over another backend, which has no status.
 *
 * @example
 * const status = useStatus(events);
 * const isBroken = computed(() => status.value?.state === 'failed');
 */
export function useStatus(
  target: Given<Inspectable>,
): Readonly<ShallowRef<BackendStatus | undefined>> {
  const storeOf = () => {
    const source = given(target);
    return source && statusStore(source);
  };
  return useStore<BackendStatus | undefined>('useStatus', storeOf, undefined);
}
