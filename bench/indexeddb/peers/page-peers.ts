import type { CycleTerms } from '../cycles.ts';
import type { Durability } from '../page-bench.ts';

export type PeerSubject =
  | 'workbox'
  | 'localforage'
  | 'idb-keyval'
  | 'dexie'
  | 'dexie, bulk'
  | 'offline-transactions';

/** What a page with the peers offers to the bench that drives it. */
export interface PagePeers {
  /** Full cycles per second over a database of its own. */
  runCycles(subject: PeerSubject, durability: Durability, terms: CycleTerms): Promise<number>;
}

declare global {
  interface Window {
    peers: PagePeers;
  }
}
