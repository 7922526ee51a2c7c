// Covers src/backends/indexeddb/database/transactions.ts, src/backends/indexeddb/database/connection.ts, src/backends/indexeddb/database/quota-reserve.ts, src/backends/indexeddb/database/storage-errors.ts
import { indexedDbBackend } from 'ackline/indexeddb';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { faultyIndexedDb } from '../../../support/faulty-indexeddb.ts';
import { mortalLocks } from '../../../support/mortal-locks.ts';
import { drafts, openDatabase, payloadsOf } from '../open-indexeddb.ts';

/** One backend whose storage fails when the test asks for it, and another context over the same database. */
function openFaulty() {
  const faults = faultyIndexedDb();
  const database = openDatabase();
  const backend = database.open({ indexedDB: faults.factory });
  return { ...database, ...faults, backend, other: database.open() };
}

/** A backend whose context ends in the test, so it is never shut down. */
function openDoomed() {
  const database = openDatabase();
  const { factory: indexedDB, strike } = faultyIndexedDb();
  const locks = mortalLocks();
  onTestFinished(() => locks.die());
  const { database: name, runtime } = database;
  const doomed = indexedDbBackend({ database: name, runtime, indexedDB, locks });
  return { doomed, strike, locks, other: database.open() };
}

/** As {@link openFaulty}, with one event that it holds. */
async function openHolding() {
  const faulty = openFaulty();
  await faulty.backend.publish('a', 'held');
  const held = await faulty.backend.dequeue('a', 0);
  return { ...faulty, eventId: String(held?.eventId), lease: held?.lease };
}

describe('publish', () => {
  test('does not resolve on the success of its requests', async () => {
    const { backend, strike, rows } = openFaulty();
    strike('rolled-back', 'publish');
    await expect(backend.publish('a', 1)).rejects.toMatchObject({ code: 'storage' });
    expect(await rows('segments')).toEqual([]);
    await backend.publish('a', 2);
    expect(payloadsOf(await backend.dequeueMany('a', 9, 0))).toEqual([2]);
  });

  test.each([
    { code: 'quota', usage: 19_999_000 },
    { code: 'storage', usage: 19_000_000 },
  ])('that fails for an unknown reason is reported as $code at $usage of 20 MB', async (room) => {
    const { backend, strike } = openFaulty();
    vi.stubGlobal('navigator', {
      storage: { estimate: async () => ({ usage: room.usage, quota: 20_000_000 }) },
    });
    onTestFinished(() => void vi.unstubAllGlobals());
    strike('rolled-back', 'publish');
    const publishing = backend.publish('a', 'x'.repeat(1_000));
    await expect(publishing).rejects.toMatchObject({ code: room.code });
  });

  test('that fails where no estimate is available keeps its cause', async () => {
    const { backend, strike } = openFaulty();
    const estimate = () => Promise.reject(new Error('no estimate'));
    vi.stubGlobal('navigator', { storage: { estimate } });
    onTestFinished(() => void vi.unstubAllGlobals());
    strike('rolled-back', 'publish');
    await expect(backend.publish('a', 1)).rejects.toMatchObject({
      code: 'storage',
      cause: { name: 'UnknownError' },
    });
  });

  test('does not resolve where the context ends at the commit, and the event is delivered', async () => {
    const { doomed, strike, other } = openDoomed();
    strike('silence', 'publish');
    const answered = vi.fn();
    void doomed.publish('a', 1).then(answered, answered);
    await expect.poll(() => other.dequeue('a', 0)).toMatchObject({ payload: 1 });
    expect(answered).not.toHaveBeenCalled();
  });

  test('that loses its answer rejects and is not repeated, because only the caller can decide', async () => {
    const { backend, strike, other } = openFaulty();
    strike('answer-lost', 'publish');
    await expect(backend.publish('a', 1)).rejects.toMatchObject({ code: 'storage' });
    expect(payloadsOf(await other.dequeueMany('a', 9, 0))).toEqual([1]);
  });

  test('whose connection was lost before it began is repeated, and stored once', async () => {
    const { backend, strike, other } = openFaulty();
    strike('closed', 'publish');
    await backend.publish('a', 1);
    expect(payloadsOf(await other.dequeueMany('a', 9, 0))).toEqual([1]);
  });

  test('over quota at commit rejects and stores nothing, and later events are stored', async () => {
    const { backend, strike, other } = openFaulty();
    await backend.publish('a', 'before');
    strike('quota', 'publish');
    await expect(backend.publishMany(drafts('a', 3))).rejects.toMatchObject({ code: 'quota' });
    const [before] = await backend.dequeueMany('a', 9, 0);
    expect(await backend.ack(String(before?.eventId))).toBe('ok');
    await backend.publish('a', 'after');
    expect(payloadsOf(await other.dequeueMany('a', 9, 0))).toEqual(['after']);
  });
});

describe('claim', () => {
  test('a lost answer neither loses nor doubles the lease', async () => {
    const { backend, strike, other, rows, rowsLeft } = openFaulty();
    await backend.publish('a', 1);
    strike('answer-lost', 'claim');
    const message = await backend.dequeue('a', 0);
    expect(message).toMatchObject({ payload: 1, attempts: 1 });
    expect(await other.dequeue('a', 0)).toBeNull();
    expect(await rows('epochs')).toMatchObject([{ claim: { held: [{ count: 1 }] } }]);
    expect(await backend.ack(String(message?.eventId))).toBe('ok');
    expect([await rowsLeft('claims'), await rows('segments')]).toEqual([[], []]);
  });

  test('a claim that was rolled back is made again, and counts one attempt', async () => {
    const { backend, strike } = openFaulty();
    await backend.publish('a', 1);
    strike('rolled-back', 'claim');
    expect(await backend.dequeue('a', 0)).toMatchObject({ payload: 1, attempts: 1 });
  });

  test('a lost answer of a context without Web Locks: the event is delivered again when its lease ends', async () => {
    const { open, runtime } = openDatabase();
    const { factory, strike } = faultyIndexedDb();
    const backend = open({ indexedDB: factory, locks: null });
    await backend.publish('a', 1);
    strike('answer-lost', 'claim');
    expect(await backend.dequeue('a', 0, { leaseMs: 1_000 })).toBeNull();
    await runtime.advance(1_000);
    expect(await backend.dequeue('a', 0)).toMatchObject({ payload: 1, attempts: 2 });
  });

  test('a context that ends at the commit of its claim: another context gets the event at once', async () => {
    const { doomed, strike, locks, other } = openDoomed();
    await other.publish('a', 1);
    strike('silence', 'claim');
    void doomed.dequeue('a', 0);
    await expect.poll(() => other.stats('a')).toMatchObject({ leased: 1 });
    locks.die();
    expect(await other.dequeue('a', 0)).toMatchObject({ attempts: 2 });
  });

  test('a claim that fails three times in a row is made by the fourth try, as often as that happens', async () => {
    const { backend, strike } = openFaulty();
    for (const payload of [1, 2]) {
      await backend.publish('a', payload);
      strike('rolled-back', 'claim', 3);
      expect(await backend.dequeue('a', 0)).toMatchObject({ payload, attempts: 1 });
    }
  });

  test('storage that keeps failing is reported after four tries, and no event is lost', async () => {
    const { backend, strike, other } = openFaulty();
    await backend.publish('a', 1);
    strike('rolled-back', 'claim', 4);
    await expect(backend.dequeue('a', 0)).rejects.toMatchObject({ code: 'storage' });
    expect(await other.dequeue('a', 0)).toMatchObject({ payload: 1, attempts: 1 });
  });
});

describe('settling', () => {
  test('a lost answer of an ack is ok or gone, and the event is never delivered again', async () => {
    const { backend, strike, other, runtime, eventId, rows, tidied } = await openHolding();
    strike('answer-lost', 'settle');
    expect(['ok', 'gone']).toContain(await backend.ack(eventId));
    await runtime.advance(3_600_000);
    expect(await other.dequeue('a', 0)).toBeNull();
    await tidied();
    expect([await rows('claims'), await rows('segments')]).toEqual([[], []]);
  });

  test('a lost answer of an ack leaves the other events of the claim held, and they can be settled', async () => {
    const { backend, strike, other } = openFaulty();
    await backend.publishMany(drafts('a', 3));
    const messages = await backend.dequeueMany('a', 3, 0);
    strike('answer-lost', 'settle');
    const answers = [];
    for (const { eventId } of messages) answers.push(await backend.ack(eventId));
    expect(answers.slice(1)).toEqual(['ok', 'ok']);
    expect(['ok', 'gone']).toContain(answers[0]);
    expect(await other.dequeue('a', 0)).toBeNull();
  });

  test('an ack that was rolled back is made again', async () => {
    const { backend, strike, other, eventId } = await openHolding();
    strike('rolled-back', 'settle');
    expect(await backend.ack(eventId)).toBe('ok');
    expect(await other.dequeue('a', 0)).toBeNull();
  });

  test('a lost answer of a nack returns the event once', async () => {
    const { backend, strike, other, eventId } = await openHolding();
    strike('answer-lost', 'settle');
    expect(['ok', 'stale']).toContain(await backend.nack(eventId));
    expect(await other.dequeueMany('a', 9, 0)).toMatchObject([{ eventId, attempts: 2 }]);
  });

  test('a lost answer of a reject makes one dead letter', async () => {
    const { backend, strike, other, eventId } = await openHolding();
    strike('answer-lost', 'settle');
    expect(['ok', 'gone']).toContain(await backend.reject(eventId));
    expect(await other.deadLetters('a', 9)).toMatchObject([{ eventId, attempts: 1 }]);
  });

  test('an ack for which there is no space uses the reserve', async () => {
    const { backend, strike, other, eventId } = await openHolding();
    strike('quota', 'settle');
    expect(await backend.ack(eventId)).toBe('ok');
    expect(await other.dequeue('a', 0)).toBeNull();
  });

  test('a lost answer of a takeover from an ended context: the event is delivered once', async () => {
    const { open } = openDatabase();
    const { factory, strike } = faultyIndexedDb();
    const locks = mortalLocks();
    const [doomed, heir, other] = [open({ locks }), open({ indexedDB: factory }), open()];
    await doomed.publish('a', 1);
    await doomed.dequeue('a', 0);
    locks.die();
    strike('answer-lost', 'settle');
    expect(await heir.dequeueMany('a', 9, 0)).toMatchObject([{ payload: 1, attempts: 2 }]);
    expect(await other.dequeue('a', 0)).toBeNull();
  });
});

test('no fault leaves an unhandled rejection', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  onTestFinished(() => void process.off('unhandledRejection', unhandled));
  for (const fault of ['rolled-back', 'quota', 'answer-lost', 'closed'] as const) {
    const { backend, strike } = openFaulty();
    for (const purpose of ['publish', 'claim', 'settle'] as const) strike(fault, purpose);
    const eventId = await backend.publish('a', 1).catch(() => backend.publish('a', 2));
    await backend.dequeue('a', 0).catch(() => backend.dequeue('a', 0));
    await backend.ack(eventId).catch(() => backend.ack(eventId));
    await new Promise(setImmediate);
  }
  expect(unhandled).not.toHaveBeenCalled();
});
