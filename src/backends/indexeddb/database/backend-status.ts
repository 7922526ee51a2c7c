import type { AcklineError } from '../../../core/reports/errors.ts';
import { StatusBoard } from '../../../queue/status-board.ts';
import type { LeaseMode } from './lease-mode.ts';

/**
 * State of the connection to the database.
 *
 * - `closed`: before the first call, and after shutdown. If `reason` has the code `destroyed`, the database was deleted.
 * - `opening`: the database is being opened, and the first call waits for it.
 * - `open`: the database is in use.
 * - `reconnecting`: the connection was lost, or closed for an upgrade. The next call opens it again and waits for it.
 * - `storage-reset`: an empty database was found when it was opened again, because the site's data was cleared. `open` follows.
 * - `suspended`: the page is frozen or in the back/forward cache. Other contexts may take over its leases, and its calls wait.
 * - `failed`: the database could not be opened, for the `reason` given. The next call tries again.
 */
export type StorageState =
  | 'closed'
  | 'opening'
  | 'open'
  | 'reconnecting'
  | 'storage-reset'
  | 'suspended'
  | 'failed';

export interface BackendStatus {
  readonly state: StorageState;
  /** Where events are kept. `memory` occurs only with `fallback: memoryFallback`, and then lasts until the context ends. */
  readonly storage: 'indexeddb' | 'memory';
  /** The lease mode in use. It is `available` in a context without Web Locks, even if `exclusive` was configured. */
  readonly leaseMode: LeaseMode;
  /** Why the state is `failed`, why it is `closed` without a shutdown, or why the storage is `memory`. Otherwise null. */
  readonly reason: AcklineError | null;
}

export function statusBoard(leaseMode: LeaseMode): StatusBoard<BackendStatus> {
  return new StatusBoard<BackendStatus>({
    state: 'closed',
    storage: 'indexeddb',
    leaseMode,
    reason: null,
  });
}
