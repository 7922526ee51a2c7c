import type { Runtime } from '../../../core/runtime/runtime.ts';
import type { Clock } from '../../../queue/claim-waiter.ts';
import type { ClaimSettler } from '../claims/claim-settler.ts';
import type { Connection } from '../database/connection.ts';
import type { DeadLetterCap } from './dead-letter-cap.ts';
import type { SpentSegments } from './spent-segments.ts';

export interface HousekeepingOptions {
  readonly connection: Connection;
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly deadLetterCap: DeadLetterCap;
  readonly spentSegments: SpentSegments;
  readonly settler: Pick<ClaimSettler, 'abandonedAt' | 'isHolding' | 'takeBack'>;
  /** Whether this context has used the queue lately. */
  readonly isUsed: (queue: string) => boolean;
  readonly onFault: (queue: string, error: unknown) => void;
}
