import type { Durability, PublishOptions } from 'ackline';
import { allFeatures, indexedDbBackend } from 'ackline/indexeddb';
import { ManualRuntime } from 'ackline/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type FullBackend, openDatabase, payloadsOf } from '../open-indexeddb.ts';

/** Records the durability of each transaction that stores events, from now on and in order. */
function watchAppends(): (string | undefined)[] {
  const seen: (string | undefined)[] = [];
  const { transaction } = IDBDatabase.prototype;
  const watched = vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (
    this: IDBDatabase,
    stores,
    mode,
    options,
  ) {
    const isAppend = [...stores].some((store) => store === 'segments' || store === 'late');
    if (mode === 'readwrite' && isAppend) seen.push(options?.durability);
    return transaction.call(this, stores, mode, options);
  });
  onTestFinished(() => watched.mockRestore());
  return seen;
}

/** From now on a transaction with the payload `huge` is over quota. As in a browser, it fails at commit. */
function limitQuota(): void {
  const { add } = IDBObjectStore.prototype;
  const limited = vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(function (
    this: IDBObjectStore,
    row,
    ...rest
  ) {
    const { payloads = [], payload } = row as { payloads?: unknown[]; payload?: unknown };
    const { transaction } = this;
    if ([...payloads, payload].includes('huge'))
      Object.assign(transaction, {
        error: new DOMException('full', 'QuotaExceededError'),
        commit: () => transaction.abort(),
      });
    return add.call(this, row, ...rest);
  });
  onTestFinished(() => limited.mockRestore());
}

function publishAtOnce(backend: FullBackend, ...each: readonly (PublishOptions | undefined)[]) {
  return Promise.all(each.map((options, index) => backend.publish('a', index, null, options)));
}

const strict = { durability: 'strict' } as const;
const relaxed = { durability: 'relaxed' } as const;

function openWith(durability: Durability): FullBackend {
  const { database, runtime } = openDatabase();
  const backend = indexedDbBackend({
    features: allFeatures,
    database,
    runtime,
    durability,
  }) as FullBackend;
  onTestFinished(() => backend.shutdown());
  return backend;
}

describe('durability: of one publish', () => {
  test('with strict only its own transaction is strict', async () => {
    const backend = openDatabase().open();
    const appends = watchAppends();
    await backend.publish('a', 1);
    await backend.publish('a', 2, null, strict);
    await backend.publish('a', 3, null, relaxed);
    await backend.publish('a', 4, null, { ...strict, delayMs: 5 });
    expect(appends).toEqual(['relaxed', 'strict', 'relaxed', 'strict']);
  });

  test('with relaxed over a strict backend only its own transaction is relaxed', async () => {
    const backend = openWith('strict');
    const appends = watchAppends();
    await backend.publish('a', 1);
    await backend.publish('a', 2, null, relaxed);
    await backend.publish('a', 3);
    expect(appends).toEqual(['strict', 'relaxed', 'strict']);
  });

  test('a commit is as strict as the strictest of those that it stores', async () => {
    const appends = watchAppends();
    await publishAtOnce(openDatabase().open(), undefined, strict, relaxed);
    await publishAtOnce(openWith('strict'), undefined, relaxed);
    await publishAtOnce(openWith('strict'), relaxed, relaxed);
    await publishAtOnce(openDatabase().open(), undefined, relaxed);
    expect(appends).toEqual(['strict', 'strict', 'relaxed', 'relaxed']);
  });

  test('claims and settlements keep the durability of the backend', async () => {
    const backend = openDatabase().open();
    await backend.publish('a', 1, null, strict);
    const opened = vi.spyOn(IDBDatabase.prototype, 'transaction');
    onTestFinished(() => opened.mockRestore());
    await backend.ack(String((await backend.dequeue('a', 0))?.eventId));
    const asked = opened.mock.calls.map(([, , options]) => options?.durability);
    expect(asked.length).toBeGreaterThan(1);
    expect(new Set(asked)).toEqual(new Set(['relaxed']));
  });
});

describe('quota: of publishes in one commit', () => {
  test('only the one over quota fails, and the others are stored in order', async () => {
    const backend = openDatabase().open();
    limitQuota();
    const answers = await Promise.allSettled([
      backend.publish('a', 1),
      backend.publish('a', 'huge'),
      backend.publishMany([2, 3].map((payload) => ({ channel: 'a', payload }))),
      backend.publish('a', 'huge', null, { delayMs: 5 }),
      backend.publish('a', 4),
    ]);
    const codes = answers.map((answer) => answer.status === 'rejected' && answer.reason.code);
    expect(codes).toEqual([false, 'quota', false, 'quota', false]);
    const messages = await backend.dequeueMany('a', 9, 0);
    expect(payloadsOf(messages)).toEqual([1, 2, 3, 4]);
    const eventIds = answers.flatMap((answer) =>
      answer.status === 'fulfilled' ? answer.value : [],
    );
    expect(messages.map(({ eventId }) => eventId)).toEqual(eventIds);
  });

  test('a batch over quota fails as a whole', async () => {
    const backend = openDatabase().open();
    limitQuota();
    const batch = [1, 'huge'].map((payload) => ({ channel: 'a', payload }));
    const [alone, together] = await Promise.allSettled([
      backend.publish('a', 2),
      backend.publishMany(batch),
    ]);
    expect(alone.status).toBe('fulfilled');
    expect(together).toMatchObject({ status: 'rejected', reason: { code: 'quota' } });
    expect(payloadsOf(await backend.dequeueMany('a', 9, 0))).toEqual([2]);
  });

  test('only the one with strict is strict in the repeated commits', async () => {
    const backend = openDatabase().open();
    limitQuota();
    const appends = watchAppends();
    await Promise.allSettled([
      backend.publish('a', 1),
      backend.publish('a', 'huge'),
      backend.publish('a', 2, null, strict),
    ]);
    expect(appends).toEqual(['strict', 'relaxed', 'relaxed', 'strict']);
  });

  test('all fail with another error, and no commit is repeated', async () => {
    const { database } = openDatabase();
    const broken = {
      open: () => {
        throw new DOMException('no', 'SecurityError');
      },
    } as unknown as IDBFactory;
    const opened = vi.spyOn(broken, 'open');
    const runtime = new ManualRuntime();
    const backend = indexedDbBackend({
      features: allFeatures,
      database,
      indexedDB: broken,
      runtime,
    });
    const answers = await Promise.allSettled([backend.publish('a', 1), backend.publish('a', 2)]);
    for (const answer of answers)
      expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'storage' } });
    expect(opened).toHaveBeenCalledTimes(1);
    await backend.shutdown();
  });
});
