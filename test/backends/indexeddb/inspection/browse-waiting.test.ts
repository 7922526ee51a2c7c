import type { EventState } from 'ackline/inspection';
import { browse } from 'ackline/inspection';
import { expect, test } from 'vitest';
import { type FullBackend, openDatabase } from '../open-indexeddb.ts';

const LATER_MS = 60_000;

async function pagesOf(backend: FullBackend, state: EventState, limit: number): Promise<unknown[]> {
  const seen: unknown[] = [];
  let after: string | undefined;
  do {
    const page = await browse(backend, 'a', { state, limit, after, payload: true });
    expect(page.events.every((event) => event.state === state)).toBe(true);
    seen.push(...page.events.map(({ payload }) => payload));
    after = page.after;
  } while (after !== undefined && seen.length < 1_000);
  return seen;
}

/** Nacks the next event, so that it waits in a row of its own. */
async function returnNext(backend: FullBackend, delayMs: number): Promise<void> {
  const message = await backend.dequeue('a', 0);
  await backend.nack(String(message?.eventId), message?.lease, { delayMs });
}

test.each([1, 2, 100])(
  'pages of %i events show each event of a state once: it waits for a time, its key, another event, or nothing',
  async (limit) => {
    const { open, runtime } = openDatabase();
    const backend = open();
    const publish = (payload: string, options: object = {}) =>
      backend.publish('a', payload, null, options);
    await publish('retry');
    await returnNext(backend, 5);
    await publish('first', { id: 'first', key: 'k', retentionMs: 1 });
    await publish('parked', { key: 'k' });
    // The first claim takes one event, and the second one meets the event whose key is held.
    expect((await backend.dequeue('a', 0))?.payload).toBe('first');
    expect(await backend.dequeue('a', 0)).toBe(null);
    await publish('urgent', { priority: 9 });
    expect((await backend.dequeue('a', 0))?.payload).toBe('urgent');
    await publish('held', { after: 'first' });
    await publish('held and later', { after: 'first', delayMs: LATER_MS });
    await publish('later', { delayMs: LATER_MS });
    await publish('even later', { delayMs: 2 * LATER_MS });
    await publish('low', { priority: -9 });
    await publish('fresh');
    await publish('newest');
    await runtime.advance(5);
    expect(await pagesOf(backend, 'ready', limit)).toEqual([
      ...['low', 'retry', 'parked', 'held', 'fresh', 'newest'],
    ]);
    expect(await pagesOf(backend, 'scheduled', limit)).toEqual([
      ...['later', 'even later', 'held and later'],
    ]);
    expect(await pagesOf(backend, 'leased', limit)).toHaveLength(2);
  },
);

test('an event is ready from the millisecond at which it is due, and scheduled before, also one that another holds back', async () => {
  const { open, runtime } = openDatabase();
  const backend = open();
  await backend.publish('a', 'first', null, { id: 'first', retentionMs: 1 });
  await backend.dequeue('a', 0, { leaseMs: 2 * LATER_MS });
  await backend.publish('a', 'plain', null, { delayMs: LATER_MS });
  await backend.publish('a', 'held', null, { delayMs: LATER_MS, after: 'first' });
  await runtime.advance(LATER_MS - 1);
  expect(await backend.stats('a')).toMatchObject({ ready: 0, scheduled: 2, leased: 1 });
  expect(await pagesOf(backend, 'scheduled', 10)).toEqual(['plain', 'held']);
  expect(await pagesOf(backend, 'ready', 10)).toEqual([]);
  await runtime.advance(1);
  expect(await backend.stats('a')).toMatchObject({ ready: 2, scheduled: 0, leased: 1 });
  expect(await pagesOf(backend, 'scheduled', 10)).toEqual([]);
  expect(await pagesOf(backend, 'ready', 10)).toEqual(['plain', 'held']);
});

test('more waiting events than one read takes are on one page, each once, in order', async () => {
  const { open } = openDatabase();
  const backend = open();
  const all = [...Array(70).keys()];
  await backend.publishMany(
    all.map((payload) => ({ channel: 'a', payload, options: { delayMs: LATER_MS + payload } })),
  );
  const { events } = await browse(backend, 'a', { state: 'scheduled', limit: 100, payload: true });
  expect(events.map(({ payload }) => payload)).toEqual(all);
});

test('later pages of scheduled events leave out one that was published or delayed after the first page', async () => {
  const { open, runtime } = openDatabase();
  const backend = open();
  await backend.publish('a', 'returned');
  for (const payload of [1, 2])
    await backend.publish('a', payload, null, { delayMs: payload * LATER_MS });
  const first = await browse(backend, 'a', { state: 'scheduled', limit: 1, payload: true });
  await runtime.advance(1);
  await returnNext(backend, 3 * LATER_MS);
  await backend.publish('a', 'new', null, { delayMs: 4 * LATER_MS });
  const rest = await browse(backend, 'a', {
    ...{ state: 'scheduled', limit: 9, payload: true, after: first.after },
  });
  expect([first, rest].map(({ events }) => events.map(({ payload }) => payload))).toEqual([
    [1],
    [2],
  ]);
  expect(await pagesOf(backend, 'scheduled', 9)).toEqual([1, 2, 'returned', 'new']);
});

test('by a clock that shows the beginning of 1970, what is due at once is ready, whatever its priority', async () => {
  const { open, runtime } = openDatabase();
  runtime.jumpTo(0);
  const backend = open();
  await backend.publish('a', 'low', null, { priority: -9 });
  await backend.publish('a', 'later', null, { delayMs: LATER_MS });
  expect(await backend.stats('a')).toMatchObject({ ready: 1, scheduled: 1 });
  expect(await pagesOf(backend, 'ready', 10)).toEqual(['low']);
  expect(await pagesOf(backend, 'scheduled', 10)).toEqual(['later']);
});
