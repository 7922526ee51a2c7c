import type { Durability } from '../../../core/message.ts';
import type { BackendStatus } from './backend-status.ts';
import type { DatabaseOptions } from './open-database.ts';
import type { ReadLocks } from './read-locks.ts';

export interface ConnectionOptions extends DatabaseOptions {
  readonly durability: Durability;
  readonly onStatus: (change: Partial<BackendStatus>) => void;
  /** On opening it again another database was found: what was remembered is of one that is no more. */
  readonly onReset: () => void;
  /** Another context deletes the database by `destroy()`. */
  readonly onDestroyed: () => void;
  /** Default: none that other contexts can see. */
  readonly views?: ReadLocks;
}
