import type { CycleTerms } from '../cycles.ts';
import type { Durability } from '../page-bench.ts';

export type PeerSubject =
  | 'workbox'
  | 'localforage'
  | 'idb-keyval'
  | 'dexie'
  | 'dexie, bulk'
  | 'offline-transactions';

/** The functions of a page with the peers that the bench calls. */
export interface PagePeers {
  /** Full cycles per second over a new database. */
  runCycles(subject: PeerSubject, durability: Durability, terms: CycleTerms): Promise<number>;
}

declare global {
  interface Window {
    peers: PagePeers;
  }
}
