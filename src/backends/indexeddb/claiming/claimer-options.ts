import type { TakeoverOptions } from '../claims/takeover.ts';
import type { IdleScans } from '../hints/idle-scans.ts';
import type { UnusableRow } from '../scanning/quarantine.ts';
import type { ClaimLocks } from './claim-locks.ts';
import type { ClaimContext } from './commit-claim.ts';
import type { letGo } from './let-go.ts';
import type { PublishedSegments } from './published-segments.ts';

export interface ClaimerOptions extends ClaimContext, TakeoverOptions {
  readonly claimLocks: ClaimLocks;
  /** This context lost a claim from the queue to another context, which did not notice. */
  readonly onContention: (queue: string) => void;
  /** Rows of the queue were moved to quarantine. */
  readonly onQuarantined: (queue: string, unusable: readonly UnusableRow[]) => void;
  readonly scans: IdleScans;
  /** `letGo` is absent without its feature. */
  readonly features: { readonly letGo?: typeof letGo };
  readonly publishedSegments: PublishedSegments;
}
