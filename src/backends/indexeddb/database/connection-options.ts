import type { Durability } from '../../../core/events/message.ts';
import type { BackendStatus } from './backend-status.ts';
import type { DatabaseOptions } from './open-database.ts';
import type { ReadLocks } from './read-locks.ts';

export interface ConnectionOptions extends DatabaseOptions {
  readonly durability: Durability;
  readonly onStatus: (change: Partial<BackendStatus>) => void;
  /**
   * Another database was found: everything cached is about the earlier one. `wasOpen`: this context has had the earlier one
   * open, so its Web Locks may be those of deleted storage, see outdated-locks.ts. `from`: the period that begins.
   */
  readonly onReset: (wasOpen: boolean, from: number) => void;
  /** Whether the database is a partition: the context ends if it was deleted, in whatever way, and does not create it again. */
  readonly isPartition?: boolean;
  /**
   * Another context is deleting the database by `destroy()`. `isGone`: the partition is gone, and nothing shows whether it was
   * purged or the site's data was cleared, so the Web Locks of this context may be those of deleted storage.
   */
  readonly onDestroyed: (isGone?: boolean) => void;
  /** Default: read locks that other contexts cannot see. */
  readonly readLocks?: ReadLocks;
}
