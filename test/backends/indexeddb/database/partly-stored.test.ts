// Covers src/backends/indexeddb/database/refused-values.ts, src/backends/indexeddb/database/transactions.ts
import { expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase, payloadsOf } from '../open-indexeddb.ts';

/** From now on, as in Firefox, a request that fails after `commit()` and is not the last one does not undo the others. */
function failAmid(culprit: unknown, errorName: string): void {
  const { add } = IDBObjectStore.prototype;
  const failing = vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(function (
    this: IDBObjectStore,
    row,
    ...rest
  ) {
    if (!row.payloads?.includes(culprit)) return add.call(this, row, ...rest);
    // This key is taken.
    const request = add.call(this, { ...row, seq: 1 }, ...rest);
    const error = new DOMException('no', errorName);
    Object.defineProperty(request, 'error', { get: () => error, set: () => undefined });
    request.onerror = (event) => event.preventDefault();
    return request;
  });
  onTestFinished(() => failing.mockRestore());
}

for (const errorName of ['UnknownError', 'QuotaExceededError', 'DataError'])
  test(`a row refused with ${errorName} by a transaction that completes: its publish fails, nothing is stored twice`, async () => {
    const backend = openDatabase().open();
    await backend.publish('a', 'before');
    failAmid('culprit', errorName);
    const outcomes = await Promise.allSettled([
      backend.publish('a', 'culprit'),
      backend.publish('b', 'committed'),
    ]);
    expect(outcomes[0]).toMatchObject({ status: 'rejected', reason: { code: 'storage' } });
    expect(payloadsOf(await backend.dequeueMany('a', 9, 0))).toEqual(['before']);
    expect(await backend.stats('b')).toMatchObject({ ready: 1 });
  });
