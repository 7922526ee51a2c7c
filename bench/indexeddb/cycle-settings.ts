import type { CycleSubject, Durability } from './page-bench.ts';
import type { PeerSubject } from './peers/page-peers.ts';

export type Subject = CycleSubject | PeerSubject;

export interface Setting {
  readonly inFlight: number;
  readonly durability: Durability;
  /** The subjects and the number of events. A round takes about a second. */
  readonly events: Readonly<Partial<Record<Subject, number>>>;
  /** The least value of the ratio ackline ÷ subject. */
  readonly goals: Readonly<Partial<Record<Subject, number>>>;
}

const WITHOUT_LEASE = 'no lease: an event is removed before it is handled, and lost with its tab';

/** Promises of the library that the peer does not make. */
export const PEER_NOTES: Readonly<Record<PeerSubject, string>> = {
  workbox: `${WITHOUT_LEASE}; one consumer, as two at once take the same event`,
  localforage: `${WITHOUT_LEASE}; one tab, as two overwrite each other`,
  'idb-keyval': `${WITHOUT_LEASE}; each step copies the whole backlog`,
  dexie: 'the lease is by hand: not fenced, not extended',
  'dexie, bulk': 'the lease is by hand: not fenced, not extended; batched by the caller',
  'offline-transactions':
    'no lease: what a killed tab was handling runs again; one tab, one event at a time; `publish` resolves when handled',
};

const IN_HUNDREDS = { obvious: 500, 'obvious, batched': 1_000, floor: 10_000, ackline: 10_000 };

export const SETTINGS: readonly Setting[] = [
  {
    inFlight: 100,
    durability: 'relaxed',
    events: {
      ...IN_HUNDREDS,
      'ackline, ids': 5_000,
      'ackline, 1,000 keys': 5_000,
      'dexie, bulk': 1_000,
      dexie: 200,
      workbox: 200,
      localforage: 200,
      'idb-keyval': 200,
      'offline-transactions': 300,
    },
    goals: { obvious: 8, floor: 0.5, 'dexie, bulk': 8 },
  },
  {
    inFlight: 100,
    durability: 'strict',
    // The other peers leave durability to the browser, or are as slow as before or slower.
    events: { ...IN_HUNDREDS, 'dexie, bulk': 1_000 },
    goals: { obvious: 8, floor: 0.5, 'dexie, bulk': 8 },
  },
  {
    inFlight: 1_000,
    durability: 'relaxed',
    events: { obvious: 1_000, 'obvious, batched': 2_000, floor: 40_000, ackline: 20_000 },
    goals: { obvious: 20 },
  },
  {
    inFlight: 10,
    durability: 'relaxed',
    events: { obvious: 500, 'obvious, batched': 1_000, floor: 2_000, ackline: 2_000 },
    goals: {},
  },
  {
    inFlight: 1,
    durability: 'relaxed',
    events: {
      obvious: 200,
      floor: 200,
      ackline: 200,
      dexie: 100,
      workbox: 150,
      localforage: 150,
      'idb-keyval': 150,
      'offline-transactions': 200,
    },
    goals: { obvious: 0.9, dexie: 1 },
  },
];
