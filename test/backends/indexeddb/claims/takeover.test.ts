import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { drafts, payloadsOf } from '../open-indexeddb.ts';
import { type OpenStore, openStore } from '../open-store.ts';

const LEASE_MS = 1_000;

/** Reads of the segment with this number fail, as those of a value whose file is gone. Its connection still works. */
function makeUnreadable(unreadableSeq: number): void {
  const { get } = IDBObjectStore.prototype;
  const reading = vi.spyOn(IDBObjectStore.prototype, 'get').mockImplementation(function (
    this: IDBObjectStore,
    key,
  ) {
    const { name, transaction } = this;
    if (name === 'segments' && key === unreadableSeq) {
      const error = new DOMException('the file is gone', 'NotReadableError');
      Object.defineProperty(transaction, 'error', { value: error });
      transaction.commit = () => undefined;
      // Before the read has succeeded.
      this.count().onsuccess = () => transaction.abort();
    }
    return get.call(this, key);
  });
  onTestFinished(() => reading.mockRestore());
}

/** Publishes one event a segment. Each is held under a claim of its own, of which the leases have expired. */
async function openExpired(count: number): Promise<OpenStore> {
  const db = await openStore();
  for (const draft of drafts('a', count)) await db.backend.publish('a', draft.payload);
  // The expiry of the first event makes it a dead letter, so its payload is read.
  for (let index = 0; index < count; index += 1)
    await db.backend.dequeue('a', 0, {
      leaseMs: LEASE_MS,
      maxAttempts: index === 0 ? 1 : 9,
    });
  await db.runtime.advance(LEASE_MS);
  return db;
}

async function firstSeq({ rows }: OpenStore): Promise<number> {
  const [segment] = (await rows('segments')) as { readonly seq: number }[];
  return segment?.seq ?? 0;
}

describe('a claim that cannot be taken over', () => {
  test('does not stop the takeover of the other claims, nor the call that claims', async () => {
    const db = await openExpired(3);
    makeUnreadable(await firstSeq(db));
    expect(payloadsOf(await db.backend.dequeueMany('a', 10, 0))).toEqual([1, 2]);
  });

  test('does not stop a claim of events that were never delivered', async () => {
    const db = await openExpired(1);
    makeUnreadable(await firstSeq(db));
    await db.backend.publish('a', 'new');
    expect(await db.backend.dequeue('a', 0)).toMatchObject({ payload: 'new' });
  });

  test('is reported to the caller when nothing else is due, and tried again by the next call', async () => {
    const db = await openExpired(2);
    const seq = await firstSeq(db);
    makeUnreadable(seq);
    expect(await db.backend.dequeue('a', 0)).toMatchObject({ payload: 1 });
    const failure = { code: 'storage', cause: { name: 'NotReadableError' } };
    await expect(db.backend.dequeue('a', 0)).rejects.toMatchObject(failure);
    vi.restoreAllMocks();
    expect(await db.backend.dequeue('a', 0)).toBeNull();
    expect(await db.backend.deadLetters('a', 9)).toMatchObject([{ payload: 0 }]);
  });

  test('is reported as a fault of the clean-up, which takes back the other claims of its context', async () => {
    const db = await openExpired(3);
    makeUnreadable(await firstSeq(db));
    await db.runtime.advance(120_000);
    await expect.poll(() => db.observer.of('lease-lost').map(({ lease }) => lease)).toEqual([2, 3]);
    expect(db.observer.of('fault')).toMatchObject([
      { during: 'clean-up', error: { cause: { name: 'NotReadableError' } } },
    ]);
  });
});

test('the other events of a claim are taken over where the payload of a dead letter cannot be read', async () => {
  const db = await openStore();
  for (const draft of drafts('a', 2)) await db.backend.publish('a', draft.payload);
  const terms = { leaseMs: LEASE_MS, maxAttempts: 2 };
  const held = await db.backend.dequeue('a', 0, terms);
  await db.backend.nack(held?.eventId ?? '', held?.lease);
  // The second delivery of the first event, and the first of the other one.
  expect(await db.backend.dequeueMany('a', 2, 0, terms)).toHaveLength(2);
  await db.runtime.advance(LEASE_MS);
  makeUnreadable(await firstSeq(db));
  expect(await db.backend.dequeue('a', 0)).toMatchObject({ payload: 1 });
});
