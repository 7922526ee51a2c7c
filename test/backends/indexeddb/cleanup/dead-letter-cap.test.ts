// Covers src/backends/indexeddb/inspection/browse-rows.ts
import { recordingObserver } from 'ackline/testing';
import { expect, test } from 'vitest';
import { drafts, type FullBackend, openDatabase, payloadsOf } from '../open-indexeddb.ts';
import { openStore } from '../open-store.ts';

function observed(backend: FullBackend) {
  const observer = recordingObserver();
  backend.observe(observer);
  return observer;
}

/** Publishes, dequeues and rejects `count` events whose payloads are their numbers. */
async function bury(
  backend: Pick<FullBackend, 'publishMany' | 'dequeueMany' | 'reject'>,
  channel: string,
  count: number,
): Promise<void> {
  await backend.publishMany(drafts(channel, count));
  const held = await backend.dequeueMany(channel, count, 0);
  await Promise.all(held.map(({ eventId, lease }) => backend.reject(eventId, lease)));
}

async function left(
  backend: Pick<FullBackend, 'deadLetters'>,
  channel: string,
): Promise<unknown[]> {
  return (await backend.deadLetters(channel, 10_000)).map(({ payload }) => payload);
}

test('in a channel with more than maxDeadLetters dead letters the oldest are deleted', async () => {
  const { open } = openDatabase();
  const backend = open({ maxDeadLetters: 3 });
  const observer = observed(backend);
  await bury(backend, 'a', 5);
  await bury(backend, 'b', 3);
  expect(await left(backend, 'a')).toEqual([2, 3, 4]);
  expect(await left(backend, 'b')).toEqual([0, 1, 2]);
  expect(observer.of('dead-letters-dropped')).toEqual([
    { type: 'dead-letters-dropped', channel: 'a', count: 2 },
  ]);
  await bury(backend, 'a', 2);
  expect(await left(backend, 'a')).toEqual([4, 0, 1]);
  expect(observer.of('dead-letters-dropped')).toHaveLength(2);
  expect(await backend.stats('a')).toMatchObject({ dead: 3 });
});

test('they are counted after a hundredth of the cap was written, or when nothing is due, and not at each claim', async () => {
  const { open, tidied } = openDatabase();
  const backend = open({ maxDeadLetters: 200 });
  await bury(backend, 'a', 200);
  await bury(backend, 'a', 1);
  expect(await backend.stats('a')).toMatchObject({ dead: 201 });
  expect(await backend.dequeue('a', 0)).toBeNull();
  await tidied();
  expect(await backend.stats('a')).toMatchObject({ dead: 200 });
  await bury(backend, 'a', 1);
  await bury(backend, 'a', 1);
  expect(await backend.stats('a')).toMatchObject({ dead: 200 });
});

test('they are also counted when the context has stopped using the channel', async () => {
  const { open, tidied } = openDatabase();
  const backend = open({ maxDeadLetters: 200 });
  await bury(backend, 'a', 200);
  await bury(backend, 'a', 1);
  expect(await backend.stats('a')).toMatchObject({ dead: 201 });
  // These are more channels than a context keeps state of.
  for (let other = 0; other < 70; other += 1) await backend.dequeue(`other-${other}`, 0);
  const deadCount = async () => {
    await tidied();
    return (await backend.stats('a')).dead;
  };
  await expect.poll(deadCount, { interval: 1, timeout: 20_000 }).toBe(200);
}, 30_000);

test('dead letters above the cap that an earlier context left are deleted when nothing is due, a thousand at a time', async () => {
  const { open, tidied } = openDatabase();
  const earlier = open({ maxDeadLetters: 5_000 });
  for (let round = 0; round < 4; round += 1) await bury(earlier, 'a', 600);
  const backend = open({ maxDeadLetters: 10 });
  const observer = observed(backend);
  expect(await backend.dequeue('a', 0)).toBeNull();
  await tidied();
  expect((await backend.stats('a')).dead).toBe(10);
  expect(observer.of('dead-letters-dropped').map(({ count }) => count)).toEqual([
    1_000, 1_000, 390,
  ]);
  expect(await left(backend, 'a')).toEqual([590, 591, 592, 593, 594, 595, 596, 597, 598, 599]);
});

test('events that reach maxAttempts count as well', async () => {
  const { open } = openDatabase();
  const backend = open({ maxDeadLetters: 1 });
  await backend.publishMany(drafts('a', 2));
  for (const { eventId, lease } of await backend.dequeueMany('a', 2, 0, { maxAttempts: 1 }))
    await backend.nack(eventId, lease);
  expect(payloadsOf(await backend.dequeueMany('a', 2, 0))).toEqual([]);
  expect(await left(backend, 'a')).toEqual([1]);
});

test('when two contexts drop at once, only the excess is dropped', async () => {
  const { open, tidied } = openDatabase();
  await bury(open(), 'a', 30);
  const [first, second] = [open({ maxDeadLetters: 20 }), open({ maxDeadLetters: 20 })];
  await Promise.all([first.dequeue('a', 0), second.dequeue('a', 0)]);
  await tidied();
  expect(await left(first, 'a')).toHaveLength(20);
});

test('a failure to drop is reported, affects no claim, and is repeated later', async () => {
  const { backend, connection, observer, open, tidied } = await openStore();
  await bury(backend, 'a', 5);
  const capped = open(2);
  const clear = capped.connection.clear.bind(capped.connection);
  capped.connection.clear = () => Promise.reject(new Error('disk on fire'));
  expect(await capped.backend.dequeue('a', 0)).toBeNull();
  await tidied();
  expect(capped.observer.of('fault')).toMatchObject([{ during: 'clean-up', channel: 'a' }]);
  capped.connection.clear = clear;
  expect(await capped.backend.dequeue('a', 0)).toBeNull();
  await tidied();
  expect(await backend.stats('a')).toMatchObject({ dead: 2 });
  expect([observer.of('fault'), connection === capped.connection]).toEqual([[], false]);
});

test('maxDeadLetters: refuses a value that is not a number of dead letters', () => {
  for (const maxDeadLetters of [0, -1, 1.5, Number.NaN])
    expect(() => openDatabase().open({ maxDeadLetters })).toThrow(
      new TypeError(`maxDeadLetters must be a whole number from 1, got ${maxDeadLetters}`),
    );
});

test('in a new database, whose keys begin at one again, all are counted', async () => {
  const { backend, open, remove, rows, tidied, write } = await openStore();
  await bury(backend, 'a', 5);
  const capped = open(2);
  expect(await capped.backend.dequeue('a', 0)).toBeNull();
  await tidied();
  const letters = (await rows('dead')) as { n: number }[];
  for (const { n } of letters) await remove('dead', n);
  await write('dead', ...[1, 2, 3].map((n) => ({ ...letters[0], n })));
  capped.store.forget();
  expect(await capped.backend.dequeue('a', 0)).toBeNull();
  await tidied();
  expect(await backend.stats('a')).toMatchObject({ dead: 2 });
});
