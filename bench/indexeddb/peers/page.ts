import { driveQueue, type QueueOpener } from '../drive-queue.ts';
import { DexieQueue } from './dexie-queue.ts';
import { IdbKeyvalQueue } from './idb-keyval-queue.ts';
import { LocalforageQueue } from './localforage-queue.ts';
import { OfflineTransactionsQueue } from './offline-transactions-queue.ts';
import type { PeerSubject } from './page-peers.ts';
import { WorkboxQueue } from './workbox-queue.ts';

/** Runs in the browser. The bench calls `window.peers`. */

const OPENERS: Readonly<Record<PeerSubject, QueueOpener>> = {
  workbox: (settings) => WorkboxQueue.open(settings),
  localforage: (settings) => LocalforageQueue.open(settings),
  'idb-keyval': (settings) => IdbKeyvalQueue.open(settings),
  dexie: (settings) => DexieQueue.open(settings, 1),
  'dexie, bulk': (settings, batch) => DexieQueue.open(settings, batch),
  'offline-transactions': (settings) => OfflineTransactionsQueue.open(settings),
};

window.peers = {
  runCycles: (subject, durability, terms) => driveQueue(OPENERS[subject], durability, terms),
};
