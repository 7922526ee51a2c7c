import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { drafts, type FullBackend, openDatabase, payloadsOf } from '../open-indexeddb.ts';

/** A stand-in for values that structured clone copies and browsers do not store. Node has no such value. */
const UNSTORABLE = 'unstorable';

function holds(value: unknown, isCulprit: (part: unknown) => boolean): boolean {
  if (isCulprit(value)) return true;
  if (typeof value !== 'object' || value === null) return false;
  const parts = value instanceof Map ? [...value.values()] : Object.values(value);
  return parts.some((part) => holds(part, isCulprit));
}

const isUnstorable = (part: unknown) => part === UNSTORABLE;
const isBlob = (part: unknown) => part instanceof Blob;

/** Calls `inspect` with each row, before the row is written. */
function watchRows(inspect: (store: IDBObjectStore, row: unknown) => void): void {
  for (const verb of ['add', 'put'] as const) {
    const original = IDBObjectStore.prototype[verb];
    const watching = vi.spyOn(IDBObjectStore.prototype, verb).mockImplementation(function (
      this: IDBObjectStore,
      row,
      ...rest
    ) {
      inspect(this, row);
      return original.call(this, row, ...rest);
    });
    onTestFinished(() => watching.mockRestore());
  }
}

/** Makes the request for a row that cannot be stored throw, as browsers do. */
function refuseAtRequest(): void {
  watchRows((_, row) => {
    if (holds(row, isUnstorable)) throw new DOMException('not for storage', 'DataCloneError');
  });
}

/** Makes a transaction with such a value abort at its commit, with the error of that name. */
function refuseAtCommit(
  errorName: string,
  isCulprit: (part: unknown) => boolean,
  onRefused: (database: IDBDatabase) => void = () => undefined,
): void {
  watchRows((store, row) => {
    if (!holds(row, isCulprit)) return;
    const { transaction } = store;
    Object.defineProperty(transaction, 'error', { value: new DOMException('no', errorName) });
    transaction.commit = () => undefined;
    store.count().onsuccess = () => {
      transaction.abort();
      onRefused(transaction.db);
    };
  });
}

/** Counts the connections that are closed, and the transactions that store events. */
function watchDatabases() {
  const seen = { closed: 0, writes: 0 };
  const { close, transaction } = IDBDatabase.prototype;
  const closing = vi.spyOn(IDBDatabase.prototype, 'close').mockImplementation(function (
    this: IDBDatabase,
  ) {
    seen.closed += 1;
    return close.call(this);
  });
  const beginning = vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (
    this: IDBDatabase,
    stores,
    mode,
    options,
  ) {
    if (mode === 'readwrite' && [...stores].includes('segments')) seen.writes += 1;
    return transaction.call(this, stores, mode, options);
  });
  onTestFinished(() => {
    closing.mockRestore();
    beginning.mockRestore();
  });
  return seen;
}

/** The outcomes of payloads that were published at once: `ok` or the error code. */
async function publishAtOnce(backend: FullBackend, ...payloads: readonly unknown[]) {
  const publishes = payloads.map((payload) => backend.publish('a', payload));
  const outcomes = await Promise.allSettled(publishes);
  return outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'ok'));
}

async function publishedPayloads(backend: FullBackend): Promise<unknown[]> {
  return payloadsOf(await backend.dequeueMany('a', 10_000, 0));
}

describe('a value that cannot be stored', () => {
  test('fails only its own publish, and the others are committed in order', async () => {
    const backend = openDatabase().open();
    refuseAtRequest();
    const odd = { deep: [0, { module: UNSTORABLE }] };
    const outcomes = await publishAtOnce(backend, 1, 2, odd, 3, UNSTORABLE, 4);
    expect(outcomes).toEqual(['ok', 'ok', 'not-cloneable', 'ok', 'not-cloneable', 'ok']);
    expect(await publishedPayloads(backend)).toEqual([1, 2, 3, 4]);
  });

  test.each([
    { of: 'the payload', path: 'payload', draft: [UNSTORABLE] as const },
    {
      of: 'a part',
      path: 'payload.deep[1].module',
      draft: [{ deep: [0, { module: UNSTORABLE }] }],
    },
    { of: 'metadata', path: 'metadata.module', draft: [1, { module: UNSTORABLE }] as const },
    { of: 'a delayed one', path: 'payload.m', draft: [{ m: UNSTORABLE }, null, { delayMs: 5 }] },
    { of: 'late metadata', path: 'metadata.m', draft: [1, { m: UNSTORABLE }, { delayMs: 5 }] },
  ])('is named with its path: $of', async ({ path, draft }) => {
    const { open, rows } = openDatabase();
    const backend = open();
    await backend.publish('a', 'before');
    refuseAtRequest();
    const [payload, metadata, options] = draft as [unknown, object?, object?];
    await expect(backend.publish('a', payload, metadata as never, options)).rejects.toMatchObject({
      name: 'AcklineError',
      code: 'not-cloneable',
      channel: 'a',
      path,
      message: expect.stringContaining(path),
      cause: { name: 'DataCloneError' },
    });
    expect((await rows('segments')).length).toBe(1);
    expect([await rows('late'), await rows('returned')]).toEqual([[], []]);
  });

  test('fails its whole batch, and all other batches are stored', async () => {
    const backend = openDatabase().open();
    refuseAtRequest();
    const bad = [...drafts('a', 3), { channel: 'a', payload: UNSTORABLE }];
    const outcomes = await Promise.allSettled([
      backend.publishMany(drafts('a', 2)),
      backend.publishMany(bad),
      backend.publish('b', 'other'),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await publishedPayloads(backend)).toEqual([0, 1]);
    expect(await backend.dequeue('b', 0)).toMatchObject({ payload: 'other' });
  });

  test('among a thousand others costs few more transactions', async () => {
    const backend = openDatabase().open();
    await backend.publish('b', 'opened');
    refuseAtRequest();
    const seen = watchDatabases();
    const payloads = Array.from({ length: 1_000 }, (_, index) => index);
    const outcomes = await publishAtOnce(backend, ...payloads.with(700, UNSTORABLE as never));
    expect(outcomes.filter((outcome) => outcome !== 'ok')).toEqual(['not-cloneable']);
    expect(seen.writes).toBeLessThanOrEqual(1 + 4 * 8);
    const stored = (await publishedPayloads(backend)) as number[];
    expect(stored).toEqual(payloads.toSpliced(700, 1));
  });
});

describe('a value that is refused at commit', () => {
  test.each(['UnknownError', 'DataError', 'NotReadableError'])(
    'with an %s fails only its own publish, and the connection stays open',
    async (errorName) => {
      const backend = openDatabase().open();
      await backend.publish('b', 'opened');
      const seen = watchDatabases();
      refuseAtCommit(errorName, isBlob);
      const odd = { files: new Map([['photo', new Blob(['x'])]]) };
      expect(await publishAtOnce(backend, 1, odd, 2)).toEqual(['ok', 'not-cloneable', 'ok']);
      expect(await publishedPayloads(backend)).toEqual([1, 2]);
      const publishing = backend.publish('a', odd);
      await expect(publishing).rejects.toMatchObject({
        path: 'payload.files.photo',
        cause: { name: errorName },
      });
      expect(seen.closed).toBe(0);
    },
  );

  test('and has no Blob fails only its own publish, with storage', async () => {
    const backend = openDatabase().open();
    await backend.publish('b', 'opened');
    const seen = watchDatabases();
    refuseAtCommit('UnknownError', isUnstorable);
    expect(await publishAtOnce(backend, 1, UNSTORABLE, 2)).toEqual(['ok', 'storage', 'ok']);
    expect(await publishedPayloads(backend)).toEqual([1, 2]);
    expect(seen.closed).toBe(0);
  });

  test('is not repeated where the connection is lost, because some events may be stored', async () => {
    const backend = openDatabase().open();
    await backend.publish('b', 'opened');
    const seen = watchDatabases();
    refuseAtCommit('UnknownError', isUnstorable, (database) => database.close());
    expect(await publishAtOnce(backend, 1, UNSTORABLE, 2)).toEqual([
      'storage',
      'storage',
      'storage',
    ]);
    expect(seen.writes).toBe(1);
    expect(await publishAtOnce(backend, 3)).toEqual(['ok']);
    expect(await publishedPayloads(backend)).toEqual([3]);
  });

  test('of a dead letter fails only its reject, and the settlements of the same commit succeed', async () => {
    const { open, rows } = openDatabase();
    const backend = open();
    const payloads = [1, new Blob(['x']), 2];
    await backend.publishMany(payloads.map((payload) => ({ channel: 'a', payload })));
    const [first, odd, last] = await backend.dequeueMany('a', 3, 0);
    refuseAtCommit('UnknownError', isBlob);
    const outcomes = await Promise.allSettled([
      backend.ack(String(first?.eventId)),
      backend.reject(String(odd?.eventId)),
      backend.nack(String(last?.eventId), undefined, { error: new Error('later') }),
    ]);
    expect(outcomes).toMatchObject([
      { status: 'fulfilled', value: 'ok' },
      { status: 'rejected', reason: { code: 'storage', cause: { name: 'UnknownError' } } },
      { status: 'fulfilled', value: 'ok' },
    ]);
    expect(await rows('dead')).toEqual([]);
    expect(await backend.ack(String(odd?.eventId))).toBe('ok');
  });
});
