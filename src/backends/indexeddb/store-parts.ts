import type { Runtime } from '../../core/runtime/runtime.ts';
import type { Clock } from '../../queue/claim-waiter.ts';
import type { ClaimerOptions } from './claiming/claimer-options.ts';
import type { Connection } from './database/connection.ts';
import type { LeaseMode } from './database/lease-mode.ts';
import type { ScanReport } from './hints/idle-scans.ts';
import type { FeatureParts } from './indexeddb-feature.ts';
import type { OwnerLock } from './liveness/owner-lock.ts';
import type { Copying } from './publishing/replaced-in-groups.ts';

/** What an `IndexedDbStore` is made of. */
export interface IndexedDbStoreParts extends Pick<ClaimerOptions, 'claimLocks' | 'onContention'> {
  readonly connection: Connection;
  readonly ownerLock: OwnerLock;
  readonly leaseMode: LeaseMode;
  readonly runtime: Runtime;
  readonly maxDeadLetters: number;
  /** The clock by which consumers wait. Default: `runtime`. */
  readonly clock?: Clock;
  /** Events of the queue may be due without a hint. */
  readonly onNews: (queue: string) => void;
  /** Events with a key have ended: others of their keys may be due. */
  readonly onFreed: (queue: string) => void;
  /** This context has claimed or settled events of the queue. */
  readonly onChange: (queue: string) => void;
  /** This context has scanned the database. */
  readonly onScanned: (report: ScanReport | undefined) => void;
  readonly isWaitedFor: (queue: string) => boolean;
  /** A scan has found that the channel has groups. */
  readonly onGroups: (channel: string) => void;
  /** Undefined without groups. */
  readonly copying: () => Copying | undefined;
  readonly features: FeatureParts;
  readonly onClose: () => void;
}
