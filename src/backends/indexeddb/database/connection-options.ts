import type { Durability } from '../../../core/message.ts';
import type { BackendStatus } from './backend-status.ts';
import type { DatabaseOptions } from './open-database.ts';
import type { ReadLocks } from './read-locks.ts';

export interface ConnectionOptions extends DatabaseOptions {
  readonly durability: Durability;
  readonly onStatus: (change: Partial<BackendStatus>) => void;
  /**
   * Another database was found: everything cached is about the earlier one. `wasOpen`: this context has had the earlier one
   * open, so its Web Locks are those of deleted storage, see outdated-locks.ts. `from`: the period that begins.
   */
  readonly onReset: (wasOpen: boolean, from: number) => void;
  /** Another context is deleting the database by `destroy()`. */
  readonly onDestroyed: () => void;
  /** Default: read locks that other contexts cannot see. */
  readonly readLocks?: ReadLocks;
}
