import { browse } from 'ackline/inspection';
import { expect, test } from 'vitest';
import type { ClaimRow } from '../../../../src/backends/indexeddb/schema/schema.ts';
import { drafts } from '../open-indexeddb.ts';
import { openStore } from '../open-store.ts';

const LEASED = { state: 'leased', payload: true } as const;

test('leased events are shown in commit order, each once, over the claims of several contexts', async () => {
  const { backend, open } = await openStore();
  const other = open();
  await backend.publishMany(drafts('a', 4));
  await backend.publish('a', 4, null, { delayMs: 1 });
  const taken = await backend.dequeueMany('a', 1, 0);
  await other.backend.dequeueMany('a', 3, 0);
  expect(taken.map(({ payload }) => payload)).toEqual([0]);
  const seen: unknown[] = [];
  let after: string | undefined;
  do {
    const page = await browse(backend, 'a', { ...LEASED, limit: 1, after });
    seen.push(...page.events.map(({ payload }) => payload));
    after = page.after;
  } while (after !== undefined && seen.length < 100);
  expect(seen).toEqual([0, 1, 2, 3]);
});

test('later pages leave out an event that was published after the first page and is leased meanwhile', async () => {
  const { backend, runtime } = await openStore();
  await backend.publishMany(drafts('a', 2));
  await backend.dequeueMany('a', 2, 0);
  const first = await browse(backend, 'a', { ...LEASED, limit: 1 });
  await runtime.advance(1);
  await backend.publish('a', 'late', null, { delayMs: 1 });
  await backend.publish('a', 'fresh');
  await runtime.advance(1);
  expect(await backend.dequeueMany('a', 2, 0)).toHaveLength(2);
  const rest = await browse(backend, 'a', { ...LEASED, limit: 10, after: first.after });
  expect(rest.events.map(({ payload }) => payload)).toEqual([1]);
  const all = await browse(backend, 'a', { ...LEASED, limit: 10 });
  expect(all.events).toHaveLength(4);
});

test('a claim of another program that names very many events is not unpacked, and holds no event', async () => {
  const { backend, write } = await openStore();
  const [eventId = ''] = await backend.publishMany(drafts('a', 1));
  await backend.dequeue('a', 0);
  const span = { seq: 1, at: 0, attempts: 1, expiresAt: 2 ** 50, count: 1_000, segments: 200 };
  const foreign: ClaimRow = {
    ...{ v: 1, queue: 'a', epoch: 1, generation: 1, owner: '', holdUntil: 0, maxAttempts: 9 },
    held: [span],
  };
  await write('claims', foreign);
  const { events } = await browse(backend, 'a', { ...LEASED, limit: 300 });
  expect(events.map((event) => event.eventId)).toEqual([eventId]);
});
