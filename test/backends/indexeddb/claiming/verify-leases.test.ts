import { type Delivery, EventChannel } from 'ackline';
import type { IndexedDbBackendOptions } from 'ackline/indexeddb';
import { describe, expect, test } from 'vitest';
import { nextTask } from '../../../support/next-task.ts';
import { stubPage } from '../frozen-page.ts';
import { openDatabase } from '../open-indexeddb.ts';

const page = stubPage();
const LONG_MS = 3_600_000;
const LEASE_MS = 1_000;
/** More turns than a claim of the page takes to be handed out. */
const TURNS = 24;

type Events = EventChannel<{ a: number }>;

/** Gives `onDelivery` what the page is handed, until the end of the test. */
type Consume = (events: Events, onDelivery: (delivery: Delivery) => void) => void;

const VERBS: Readonly<Record<string, Consume>> = {
  dequeue: (events, onDelivery) => {
    void events.dequeue('a', { pollIntervalMs: LONG_MS }).then((one) => one && onDelivery(one));
  },
  dequeueMany: (events, onDelivery) => {
    void events.dequeueMany('a', 2, { pollIntervalMs: LONG_MS }).then((all) => all.map(onDelivery));
  },
  iterEvents: async (events, onDelivery) => {
    for await (const delivery of events.iterEvents('a', { pollIntervalMs: LONG_MS }))
      onDelivery(delivery);
  },
  listen: (events, onDelivery) => {
    events.listen('a', onDelivery, { concurrency: 2, autoAck: false, pollIntervalMs: LONG_MS });
  },
};

/** A page that consumes two events, and another context that takes over what the page leaves. */
async function openBoth(consume: Consume, terms: Partial<IndexedDbBackendOptions> = {}) {
  const { open, runtime } = openDatabase();
  const inPage: Events = new EventChannel({ backend: open(terms), leaseMs: LEASE_MS });
  const { indexedDB: _, ...others } = terms;
  const elsewhere = page.elsewhere(() => open(others));
  await elsewhere.publishMany([1, 2].map((payload) => ({ channel: 'a', payload })));
  const delivered: Delivery[] = [];
  /** Of what the page was handed, what another context had acknowledged before. */
  const done = new Set<string>();
  const tooLate: string[] = [];
  consume(inPage, (delivery) => {
    delivered.push(delivery);
    if (done.has(delivery.eventId)) tooLate.push(delivery.eventId);
  });
  /** Takes over whatever can be had, and acknowledges it. */
  const takeOver = async () => {
    for (const { eventId, lease } of await elsewhere.dequeueMany('a', 2, 0)) {
      expect(await elsewhere.ack(eventId, lease)).toBe('ok');
      done.add(eventId);
    }
  };
  return { inPage, elsewhere, runtime, delivered, done, tooLate, takeOver };
}

/** What the page goes on to do after it stood still, until nothing happens any more. */
async function untilQuiet(): Promise<void> {
  for (let turn = 0; turn < 4 * TURNS; turn += 1) await nextTask();
}

describe('a page that freezes between a claim and its hand-out', () => {
  for (const [verb, consume] of Object.entries(VERBS))
    test(`${verb}: is handed nothing that another context has acknowledged, at whatever turn`, async () => {
      let takenOver = 0;
      for (let turn = 0; turn < TURNS; turn += 1) {
        const both = await openBoth(consume);
        for (let passed = 0; passed < turn; passed += 1) await nextTask();
        page.freeze();
        await both.takeOver();
        page.resume();
        await untilQuiet();
        expect(both.tooLate, `frozen in turn ${turn}`).toEqual([]);
        for (const { eventId, signal } of both.delivered)
          expect(signal.aborted, `frozen in turn ${turn}`).toBe(both.done.has(eventId));
        takenOver += both.done.size;
        await both.inPage.shutdown();
      }
      expect(takenOver).toBeGreaterThan(0);
    });
});

describe('a page that is stopped without notice between a claim and its hand-out, until its leases have expired', () => {
  for (const [verb, consume] of Object.entries(VERBS)) {
    test(`${verb}: is handed nothing that another context has acknowledged`, async () => {
      const answers = heldAnswers();
      const both = await openBoth(consume, { leaseMode: 'available', indexedDB: answers.factory });
      await answers.untilHeld();
      both.runtime.jumpTo(both.runtime.now() + LEASE_MS);
      await both.takeOver();
      answers.release();
      await untilQuiet();
      expect([both.done.size, both.delivered]).toEqual([2, []]);
      await both.inPage.shutdown();
    });

    test(`${verb}: is handed what it still holds, under a lease of full length`, async () => {
      const answers = heldAnswers();
      const both = await openBoth(consume, { leaseMode: 'available', indexedDB: answers.factory });
      await answers.untilHeld();
      both.runtime.jumpTo(both.runtime.now() + LEASE_MS);
      answers.release();
      await expect.poll(() => both.delivered.length).toBeGreaterThan(0);
      for (const { leaseExpiresAt, eventId, attempts } of both.delivered) {
        expect([leaseExpiresAt, attempts]).toEqual([both.runtime.now() + LEASE_MS, 1]);
        expect(await both.inPage.ack(eventId)).toBe('ok');
      }
      await both.inPage.shutdown();
    });
  }
});

/** IndexedDB for a page that is told of its first claim only when `release` is called, though it is committed. */
function heldAnswers() {
  const held: (() => void)[] = [];
  let isReleased = false;
  const hold = (transaction: IDBTransaction) => {
    let hear: IDBTransaction['oncomplete'] = null;
    Object.defineProperty(transaction, 'oncomplete', {
      set: (given: IDBTransaction['oncomplete']) => {
        hear = given;
      },
    });
    transaction.addEventListener('complete', (event) => {
      const tell = () => hear?.call(transaction, event);
      if (isReleased) tell();
      else held.push(tell);
    });
    return transaction;
  };
  const open = (...given: Parameters<IDBFactory['open']>) => {
    const request = indexedDB.open(...given);
    request.addEventListener('success', () => {
      const begin = request.result.transaction.bind(request.result);
      request.result.transaction = (stores, mode, options) => {
        const transaction = begin(stores, mode, options);
        const isClaim = mode === 'readwrite' && [...stores].includes('epochs');
        return isClaim ? hold(transaction) : transaction;
      };
    });
    return request;
  };
  return {
    factory: { open } as unknown as IDBFactory,
    untilHeld: () => expect.poll(() => held.length).toBeGreaterThan(0),
    release: () => {
      isReleased = true;
      for (const tell of held) tell();
    },
  };
}
