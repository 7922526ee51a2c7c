import { expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase, payloadsOf } from '../open-indexeddb.ts';

const WINDOW_MS = 60_000;

function idOf(id: string, dedupeWindowMs = WINDOW_MS) {
  return { id, dedupeWindowMs };
}

/** The stores of each readwrite transaction from here on. */
function watchWrites(): string[][] {
  const seen: string[][] = [];
  const { transaction } = IDBDatabase.prototype;
  const watched = vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (
    this: IDBDatabase,
    stores,
    mode,
    options,
  ) {
    if (mode === 'readwrite') seen.push([...stores].sort());
    return transaction.call(this, stores, mode, options);
  });
  onTestFinished(() => watched.mockRestore());
  return seen;
}

test('a commit of events with ids adds one row for all their ids, and plain commits add none', async () => {
  const { open, rows } = openDatabase();
  const backend = open();
  await backend.publish('a', 'plain');
  expect(await rows('published')).toEqual([]);
  await Promise.all(['x', 'y'].map((id) => backend.publish('a', id, null, idOf(id))));
  const published = [
    ['a', 'x'],
    ['a', 'y'],
  ];
  expect(await rows('published')).toMatchObject([{ published }]);
});

test('a plain publish is one transaction with one add', async () => {
  const backend = openDatabase().open();
  await backend.publish('a', 0);
  const writes = watchWrites();
  const add = vi.spyOn(IDBObjectStore.prototype, 'add');
  onTestFinished(() => add.mockRestore());
  await backend.publish('a', 1);
  const appends = writes.filter((stores) => stores.includes('segments'));
  expect([appends, add.mock.calls.length]).toEqual([[['segments']], 1]);
});

test('eight contexts publish the same ids at the same time: each id is stored once', async () => {
  const { open } = openDatabase();
  const contexts = Array.from({ length: 8 }, () => open());
  const ids = Array.from({ length: 40 }, (_, index) => `id ${index}`);
  const answers = await Promise.all(
    contexts.map((backend, index) => {
      const rotated = [...ids.slice(index * 5), ...ids.slice(0, index * 5)];
      return Promise.all(rotated.map((id) => backend.publish('a', id, null, idOf(id))));
    }),
  );
  expect(answers.flat().toSorted()).toEqual(ids.flatMap((id) => Array(8).fill(id)).toSorted());
  const messages = await open().dequeueMany('a', 1_000, 0);
  expect(payloadsOf(messages).toSorted()).toEqual(ids.toSorted());
});

test('eight contexts publish an id whose window has ended: one of them stores it', async () => {
  const { open, runtime } = openDatabase();
  const contexts = Array.from({ length: 8 }, () => open());
  const publishAll = () =>
    Promise.all(contexts.map((backend) => backend.publish('a', 1, null, idOf('x'))));
  for (const expected of [1, 2, 3]) {
    await publishAll();
    expect(await contexts[0]?.stats('a')).toMatchObject({ ready: expected });
    await runtime.advance(WINDOW_MS);
  }
});

test('a publish that conflicts stores the other events of its commit, once and in order', async () => {
  const { open } = openDatabase();
  const [backend, other] = [open(), open()];
  await other.publish('a', 'known', null, idOf('x'));
  const ids = await Promise.all([
    backend.publish('a', 1),
    backend.publish('a', 2, null, idOf('x')),
    backend.publish('a', 3, null, idOf('y')),
    backend.publish('b', 4, null, { ...idOf('x'), delayMs: 5 }),
  ]);
  expect(ids.slice(1)).toEqual(['x', 'y', 'x']);
  expect(payloadsOf(await backend.dequeueMany('a', 9, 0))).toEqual(['known', 1, 3]);
  expect(await backend.stats('b')).toMatchObject({ scheduled: 1 });
});

test('ids of windows of different lengths are each remembered for their own', async () => {
  const { open, runtime } = openDatabase();
  const backend = open();
  await Promise.all([1_000, 2_000].map((ms) => backend.publish('a', ms, null, idOf(`${ms}`, ms))));
  await runtime.advance(1_000);
  for (const id of ['1000', '2000']) await backend.publish('a', 'again', null, idOf(id));
  expect(payloadsOf(await backend.dequeueMany('a', 9, 0))).toEqual([1_000, 2_000, 'again']);
});

test('a row that another program wrote in place of a window is reported, and nothing is stored', async () => {
  const { open, database } = openDatabase();
  const backend = open();
  await backend.publish('a', 1);
  const opened = indexedDB.open(database);
  await new Promise((resolve) => {
    opened.onsuccess = resolve;
  });
  const written = opened.result.transaction('published', 'readwrite');
  written.objectStore('published').add({ until: 'soon', id: 'z', published: [['a', 'x']] });
  await new Promise((resolve) => {
    written.oncomplete = resolve;
  });
  opened.result.close();
  await expect(backend.publish('a', 2, null, idOf('x'))).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringContaining('published'),
  });
  expect(await backend.stats('a')).toMatchObject({ ready: 1 });
});
