import type { ObserverEvent } from '../../../core/reports/observer.ts';
import type { EventStore } from '../../../queue/event-store.ts';
import type { Claimers } from '../claiming/claimers.ts';
import type { ClaimSettler } from '../claims/claim-settler.ts';
import type { Housekeeping } from '../cleanup/housekeeping.ts';
import type { HintListener } from '../hints/hint-listener.ts';
import type { StatsCounter } from '../inspection/channel-stats.ts';

/** The store below the groups. It takes the own names of queues, and knows no group. */
export interface OwnNamesStore
  extends Required<Omit<EventStore, 'groups' | 'observe' | 'moveLetters' | 'cancel'>>,
    Pick<EventStore, 'observe' | 'moveLetters' | 'cancel'>,
    HintListener {
  readonly claimers: Pick<Claimers, 'get' | 'use'>;
  readonly counter: StatsCounter;
  readonly housekeeping: Pick<Housekeeping, 'noteNewest'>;
  readonly settler: Pick<ClaimSettler, 'compare'>;
  report(event: ObserverEvent): void;
}
