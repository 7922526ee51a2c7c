// Covers src/backends/indexeddb/database/transaction-ends.ts, src/platform/commits-in-part.ts
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { commitsInPart } from '../../../../src/platform/commits-in-part.ts';
import { stubPage } from '../frozen-page.ts';
import { openDatabase } from '../open-indexeddb.ts';

const page = stubPage();

/** More than the connections that a call may lose in a row. */
const CALLS = 6;

afterEach(() => {
  vi.restoreAllMocks();
});

/** Freezes the page when `count` transactions are in progress, none of them before this call. */
function freezeAmid(count: number): void {
  const { transaction } = IDBDatabase.prototype;
  let begun = 0;
  vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (
    this: IDBDatabase,
    ...given
  ) {
    begun += 1;
    // The requests are issued before a microtask.
    if (begun === count) queueMicrotask(page.freeze);
    return transaction.apply(this, given);
  });
}

async function useAll(): Promise<void> {
  const backend = openDatabase().open();
  await backend.publish('a', 1);
  await backend.stats('a');
  const taken = await backend.dequeue('a', 0);
  await backend.nack(String(taken?.eventId));
  const again = await backend.dequeue('a', 0);
  await backend.ack(String(again?.eventId));
}

test('each transaction is ended by commit(), so that a frozen page does not delay its end', async () => {
  const commit = vi.spyOn(IDBTransaction.prototype, 'commit');
  await useAll();
  expect(commitsInPart()).toBe(false);
  expect(commit).toHaveBeenCalled();
});

describe('where errors have a line, as in WebKit', () => {
  beforeEach(() => {
    Object.defineProperty(Error.prototype, 'line', { value: 1, configurable: true });
  });

  afterEach(() => {
    Reflect.deleteProperty(Error.prototype, 'line');
  });

  test('no transaction is ended by commit(), because a page that ends may lose its writes and not its deletes', async () => {
    const commit = vi.spyOn(IDBTransaction.prototype, 'commit');
    await useAll();
    expect(commitsInPart()).toBe(true);
    expect(commit).not.toHaveBeenCalled();
  });

  test('a page that is suspended amid a publish aborts it for others, and stores it once when it resumes', async () => {
    const { open } = openDatabase();
    const [inPage, elsewhere] = [open(), page.elsewhere(open)];
    await Promise.all([inPage.publish('a', 1), elsewhere.publish('b', 1)]);
    freezeAmid(1);
    const publishing = inPage.publish('a', 2);
    await expect.poll(() => inPage.status().state).toBe('suspended');
    await elsewhere.publish('a', 3);
    page.resume();
    await publishing;
    const taken = await elsewhere.dequeueMany('a', 10, 0);
    expect(taken.map(({ payload }) => payload)).toEqual([1, 3, 2]);
  });

  test('however many calls a suspension ends, each is repeated when the page resumes', async () => {
    const inPage = openDatabase().open();
    await inPage.publish('a', 1);
    freezeAmid(CALLS);
    const counting = Array.from({ length: CALLS }, () => inPage.deadLetters('a', 1));
    await expect.poll(() => inPage.status().state).toBe('suspended');
    page.resume();
    expect(await Promise.all(counting)).toEqual(counting.map(() => []));
  });
});
