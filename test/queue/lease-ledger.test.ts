import { memoryStore } from 'ackline';
import { ManualRuntime } from 'ackline/testing';
import { expect, test } from 'vitest';
import type { EventStore } from '../../src/queue/event-store.ts';
import { hearLosses, LeaseLedger, MAX_REMEMBERED } from '../../src/queue/lease-ledger.ts';
import { claimRequest } from '../../src/queue/requests.ts';
import { openStore } from '../backends/indexeddb/open-store.ts';

const LEASE_MS = 1_000;
const QUEUE = { backendName: 'queue', capabilities: { leaseMs: true } } as const;

function taken(eventId: string, lease: number, place?: string) {
  const times = { availableAt: 0, createdAt: 0, leaseExpiresAt: 0 };
  const message = { eventId, channel: 'a', payload: 1, metadata: null, attempts: 1, lease };
  return { messages: [{ ...message, ...times }], places: [place] };
}

/** Claims all due events for a consumer that settles none. */
async function claimAll(store: EventStore, ledger: LeaseLedger): Promise<number> {
  const request = claimRequest(QUEUE, 'a', 1_000, 0, { leaseMs: LEASE_MS });
  let count = 0;
  for (;;) {
    const claim = await store.claim(request);
    if (claim.messages.length === 0) return count;
    ledger.add(claim);
    count += claim.messages.length;
  }
}

function newEvents(count: number, from = 0) {
  return Array.from({ length: count }, (_, index) => {
    const event = { eventId: `e${from + index}`, channel: 'a', payload: index, metadata: null };
    return { ...event, createdAt: 0, bytes: 1 };
  });
}

test('LeaseLedger: until it is settled, a held or lost lease is found with its channel and place', () => {
  const ledger = new LeaseLedger();
  ledger.add(taken('x', 3, 'here'));
  const target = { eventId: 'x', lease: 3, channel: 'a', place: 'here' };
  expect(ledger.find('x')).toEqual(target);
  ledger.noteAnswer({ ...target, command: { verb: 'extend', ms: 1 } }, 'ok');
  ledger.lose({ eventId: 'x', lease: 3, channel: 'a' });
  expect([ledger.find('x'), ledger.takeAll()]).toEqual([target, []]);
  ledger.add(taken('x', 5));
  ledger.lose({ eventId: 'x', lease: 3, channel: 'a' });
  ledger.noteAnswer({ ...target, command: { verb: 'ack' } }, 'gone');
  expect(ledger.size).toEqual({ held: 1, lost: 0 });
  ledger.noteAnswer({ eventId: 'x', channel: 'a', lease: 5, command: { verb: 'ack' } }, 'stale');
  expect(ledger.size).toEqual({ held: 0, lost: 1 });
  ledger.noteAnswer({ eventId: 'x', channel: 'a', lease: 5, command: { verb: 'ack' } }, 'gone');
  expect(ledger.find('x')).toBe(undefined);
});

test('LeaseLedger: two channels have events of one id, and each lease is found by its channel', () => {
  const ledger = new LeaseLedger();
  const [first, second] = ['a', 'b'].map((channel) => {
    const { messages, places } = taken('x', 1, `place in ${channel}`);
    ledger.add({ messages: messages.map((message) => ({ ...message, channel })), places });
    return { eventId: 'x', lease: 1, channel, place: `place in ${channel}` };
  });
  expect([ledger.find('x', 'a'), ledger.find('x', 'b')]).toEqual([first, second]);
  ledger.lose({ eventId: 'x', lease: 1, channel: 'a' });
  expect([ledger.find('x', 'a'), ledger.find('x', 'b')]).toEqual([first, second]);
  ledger.noteAnswer({ ...second, eventId: 'x', lease: 1, command: { verb: 'ack' } }, 'ok');
  expect([ledger.find('x', 'a'), ledger.find('x', 'b')]).toEqual([first, undefined]);
});

test('LeaseLedger: takeAll returns the held leases once', () => {
  const ledger = new LeaseLedger();
  for (const eventId of ['x', 'y']) ledger.add(taken(eventId, 1));
  expect(ledger.takeAll().map(({ eventId }) => eventId)).toEqual(['x', 'y']);
  expect(ledger.takeAll()).toEqual([]);
});

test('memory: when a consumer never settles, the ledger keeps only the last thousand expired leases', async () => {
  const count = 100_000;
  const runtime = new ManualRuntime();
  const store = memoryStore({ runtime });
  const ledger = new LeaseLedger();
  hearLosses(store, ledger);
  store.append(newEvents(count));
  expect(await claimAll(store, ledger)).toBe(count);
  await runtime.advance(LEASE_MS);
  // The next claim of another context takes the expired leases over.
  await store.claim(claimRequest({ backendName: 'queue' }, 'a', 1, 0));
  expect(ledger.size).toEqual({ held: 0, lost: MAX_REMEMBERED });
});

test('IndexedDB: when this or another context takes the events over, the ledger keeps only the last thousand leases', async () => {
  const count = 3_000;
  for (const isOurs of [true, false]) {
    const { store, open, runtime, backend } = await openStore();
    const ledger = new LeaseLedger();
    hearLosses(store, ledger);
    await store.append(newEvents(count));
    expect(await claimAll(store, ledger)).toBe(count);
    await runtime.advance(LEASE_MS);
    await (isOurs ? backend : open().backend).dequeueMany('a', count, 0);
    // A consumer of this context scans, and finds that the leases are lost.
    await runtime.advance(LEASE_MS);
    await store.claim(claimRequest({ backendName: 'queue' }, 'a', 1, 0));
    await expect.poll(() => ledger.size).toEqual({ held: 0, lost: MAX_REMEMBERED });
  }
});
