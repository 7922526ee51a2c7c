import { type Delivery, EventChannel } from 'ackline';
import type { IndexedDbBackendOptions } from 'ackline/indexeddb';
import { ManualRuntime } from 'ackline/testing';
import { describe, expect, test } from 'vitest';
import { nextTask } from '../../../support/next-task.ts';
import { stubPage } from '../frozen-page.ts';
import { openDatabase } from '../open-indexeddb.ts';

const page = stubPage();
const LONG_MS = 3_600_000;
const LEASE_MS = 1_000;
/** More tasks than pass between a claim of the page and its delivery. */
const TASKS = 24;

type Events = EventChannel<{ a: number }>;

/** Calls `onDelivery` with each delivery to the page, until the end of the test. */
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

/** A clock that is ahead of another. */
function aheadBy(ms: number, runtime: ManualRuntime): Partial<IndexedDbBackendOptions> {
  return ms === 0 ? {} : { runtime: new ManualRuntime({ startAt: runtime.now() + ms }) };
}

/** A page that consumes two events, and another context that takes over the leases that the page leaves. */
async function openBoth(
  consume: Consume,
  terms: Partial<IndexedDbBackendOptions> = {},
  aheadMs = 0,
) {
  const { open, runtime } = openDatabase();
  const inPage: Events = new EventChannel({ backend: open(terms), leaseMs: LEASE_MS });
  const { indexedDB: _, ...others } = terms;
  const elsewhere = page.elsewhere(() => open({ ...others, ...aheadBy(aheadMs, runtime) }));
  await elsewhere.publishMany([1, 2].map((payload) => ({ channel: 'a', payload })));
  const delivered: Delivery[] = [];
  /** Events that the other context has acknowledged. */
  const done = new Set<string>();
  /** Deliveries to the page after that. */
  const tooLate: string[] = [];
  consume(inPage, (delivery) => {
    delivered.push(delivery);
    if (done.has(delivery.eventId)) tooLate.push(delivery.eventId);
  });
  /** Takes over the due events, and acknowledges them. */
  const takeOver = async () => {
    for (const { eventId, lease } of await elsewhere.dequeueMany('a', 2, 0)) {
      expect(await elsewhere.ack(eventId, lease)).toBe('ok');
      done.add(eventId);
    }
  };
  return { inPage, elsewhere, runtime, delivered, done, tooLate, takeOver };
}

/** Waits until the page has finished its work after a resume. */
async function untilQuiet(): Promise<void> {
  for (let task = 0; task < 4 * TASKS; task += 1) await nextTask();
}

describe('a page that freezes between a claim and its delivery', () => {
  for (const [verb, consume] of Object.entries(VERBS))
    test(`${verb}: gets no event that another context has acknowledged, for a freeze in any task`, async () => {
      let takenOver = 0;
      for (let task = 0; task < TASKS; task += 1) {
        const both = await openBoth(consume);
        for (let passed = 0; passed < task; passed += 1) await nextTask();
        page.freeze();
        await both.takeOver();
        page.resume();
        await untilQuiet();
        expect(both.tooLate, `frozen in task ${task}`).toEqual([]);
        for (const { eventId, signal } of both.delivered)
          expect(signal.aborted, `frozen in task ${task}`).toBe(both.done.has(eventId));
        takenOver += both.done.size;
        await both.inPage.shutdown();
      }
      expect(takenOver).toBeGreaterThan(0);
    });
});

describe('a page that is stopped without notice between a claim and its delivery, until its leases have expired', () => {
  for (const [verb, consume] of Object.entries(VERBS)) {
    test(`${verb}: gets no event that another context has acknowledged`, async () => {
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

    test(`${verb}: gets no event that a context with a clock ahead has acknowledged, before its own leases expire`, async () => {
      const answers = heldAnswers();
      const terms = { leaseMode: 'available', indexedDB: answers.factory } as const;
      const both = await openBoth(consume, terms, LONG_MS);
      await answers.untilHeld();
      await both.takeOver();
      await both.runtime.advance(300);
      answers.release();
      await untilQuiet();
      expect([both.done.size, both.delivered]).toEqual([2, []]);
      await both.inPage.shutdown();
    });

    test(`${verb}: stopped again while its leases are extended, gets no event that another context has acknowledged`, async () => {
      const answers = heldAnswers();
      const both = await openBoth(consume, { leaseMode: 'available', indexedDB: answers.factory });
      await answers.untilHeld();
      both.runtime.jumpTo(both.runtime.now() + LEASE_MS);
      answers.releaseFirst();
      await answers.untilHeld();
      both.runtime.jumpTo(both.runtime.now() + LEASE_MS);
      await both.takeOver();
      answers.release();
      await untilQuiet();
      expect([both.done.size, both.delivered]).toEqual([2, []]);
      await both.inPage.shutdown();
    });

    test(`${verb}: gets the events that it still holds, under leases of full length`, async () => {
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

/** IndexedDB that commits claims and extensions of a page, and reports a commit only when it is released. */
function heldAnswers() {
  const held: (() => void)[] = [];
  let isReleased = false;
  const hold = (transaction: IDBTransaction) => {
    let handler: IDBTransaction['oncomplete'] = null;
    Object.defineProperty(transaction, 'oncomplete', {
      set: (given: IDBTransaction['oncomplete']) => {
        handler = given;
      },
    });
    transaction.addEventListener('complete', (event) => {
      const report = () => handler?.call(transaction, event);
      if (isReleased) report();
      else held.push(report);
    });
    return transaction;
  };
  const open = (...given: Parameters<IDBFactory['open']>) => {
    const request = indexedDB.open(...given);
    request.addEventListener('success', () => {
      const begin = request.result.transaction.bind(request.result);
      request.result.transaction = (stores, mode, options) => {
        const transaction = begin(stores, mode, options);
        const isClaim = [...stores].some((store) => store === 'epochs' || store === 'endings');
        return mode === 'readwrite' && isClaim ? hold(transaction) : transaction;
      };
    });
    return request;
  };
  return {
    factory: { open } as unknown as IDBFactory,
    untilHeld: () => expect.poll(() => held.length).toBeGreaterThan(0),
    releaseFirst: () => held.shift()?.(),
    release: () => {
      isReleased = true;
      for (const report of held) report();
    },
  };
}
