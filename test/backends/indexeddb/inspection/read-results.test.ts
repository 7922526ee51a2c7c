// Covers src/backends/indexeddb/inspection/read-results.ts, src/backends/indexeddb/schema/result-rows.ts
import { browse } from 'ackline/inspection';
import { resultOf } from 'ackline/results';
import { expect, test } from 'vitest';
import { openStore } from '../open-store.ts';

const KEPT = { retentionMs: 60_000 };

test('an event without a retention has no row, and one with it has one', async () => {
  const { backend, rows } = await openStore();
  await backend.publishMany([
    { channel: 'a', payload: 1 },
    { channel: 'a', payload: 2, options: { ...KEPT, id: 'kept' } },
    { channel: 'a', payload: 3, options: { ...KEPT, id: 'late', delayMs: 5 } },
  ]);
  expect(await rows('results')).toEqual(
    ['kept', 'late'].map((eventId) => {
      return { v: 1, queue: 'a', eventId, result: { eventId, state: 'pending' } };
    }),
  );
  await backend.shutdown();
});

test('a row of another program is no result', async () => {
  const { backend, write, runtime } = await openStore();
  const until = runtime.now() + 1_000;
  await write(
    'results',
    { v: 1, queue: 'a', eventId: 'x', result: 'done', until, acknowledgedAt: runtime.now() },
    { v: 9, queue: 'a', eventId: 'y', result: { eventId: 'y', state: 'pending' } },
  );
  for (const eventId of ['x', 'y'])
    expect(await resultOf(backend, 'a', eventId)).toEqual({ eventId, state: 'unknown' });
  expect(await browse(backend, 'a', { state: 'acknowledged' })).toEqual({ events: [] });
  await backend.shutdown();
});

test('events that were acknowledged at one time are listed in pages, by their ids', async () => {
  const { backend } = await openStore();
  const ids = Array.from({ length: 150 }, (_, index) => `id-${String(index).padStart(3, '0')}`);
  await backend.publishMany(
    ids.map((id) => ({ channel: 'a', payload: id, options: { ...KEPT, id } })),
  );
  const messages = await backend.dequeueMany('a', 150, 0);
  await Promise.all(messages.map(({ eventId, lease }) => backend.ack(eventId, lease)));
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await browse(backend, 'a', { state: 'acknowledged', limit: 40, after });
    seen.push(...page.events.map(({ eventId }) => eventId));
    after = page.after;
  } while (after !== undefined && seen.length < 1_000);
  expect(seen).toEqual(ids);
  await backend.shutdown();
});

test('a reply that the database cannot store names its path, and other acks of the claim succeed', async () => {
  const { backend } = await openStore();
  for (const id of ['bad', 'good']) await backend.publish('a', id, null, { ...KEPT, id });
  const messages = await backend.dequeueMany('a', 2, 0);
  const [bad, good] = messages.map(({ eventId, lease }) =>
    backend.ack(eventId, lease, { reply: { at: { run: eventId === 'bad' ? () => 1 : 1 } } }),
  );
  await expect(bad).rejects.toMatchObject({ code: 'not-cloneable', path: 'reply.at.run' });
  expect(await good).toBe('ok');
  expect(await resultOf(backend, 'a', 'bad')).toMatchObject({ state: 'pending' });
  await backend.shutdown();
});
