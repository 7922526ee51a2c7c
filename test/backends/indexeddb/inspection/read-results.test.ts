// Covers src/backends/indexeddb/inspection/read-results.ts, src/backends/indexeddb/schema/result-rows.ts
import type { Runtime } from 'ackline';
import { resultOf } from 'ackline/results';
import { expect, test } from 'vitest';
import type { HintNotifier } from '../../../../src/backends/indexeddb/hints/hint-notifier.ts';
import type { IndexedDbStore } from '../../../../src/backends/indexeddb/indexeddb-store.ts';
import { IndexedDbSource } from '../../../../src/backends/indexeddb/inspection/indexeddb-source.ts';
import { packSpans, unpackSpans } from '../../../../src/backends/indexeddb/schema/held-spans.ts';
import type { ClaimRow } from '../../../../src/backends/indexeddb/schema/schema.ts';
import { openStore } from '../open-store.ts';

const KEPT = { retentionMs: 60_000 };

function listKept({ counter }: IndexedDbStore, runtime: Runtime, limit: number, after?: string) {
  const notifier = {} as HintNotifier;
  const source = new IndexedDbSource({
    ...{ counter, notifier, now: () => runtime.now() },
    queueOf: async (name) => name,
  });
  return source.browse({ channel: 'a', state: 'acknowledged', limit, after, payload: false });
}

test('the spans of a claim keep the retention of each event', () => {
  const events = [undefined, 5, 5, undefined].map((retentionMs, at) => {
    return { seq: 1, at, attempts: 1, expiresAt: 9, ...(retentionMs && { retentionMs }) };
  });
  const held = packSpans(events);
  expect(held).toHaveLength(3);
  expect(unpackSpans({ held } as unknown as ClaimRow)).toEqual(events);
});

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
  const { backend, store, write, runtime } = await openStore();
  const until = runtime.now() + 1_000;
  await write(
    'results',
    { v: 1, queue: 'a', eventId: 'x', result: 'done', until, acknowledgedAt: runtime.now() },
    { v: 9, queue: 'a', eventId: 'y', result: { eventId: 'y', state: 'pending' } },
  );
  for (const eventId of ['x', 'y'])
    expect(await resultOf(backend, 'a', eventId)).toEqual({ eventId, state: 'unknown' });
  expect(await listKept(store, runtime, 10)).toEqual({ events: [] });
  await backend.shutdown();
});

test('events that were acknowledged at one time are listed in pages, by their ids', async () => {
  const { backend, store, runtime } = await openStore();
  const ids = Array.from({ length: 150 }, (_, index) => `id-${String(index).padStart(3, '0')}`);
  await backend.publishMany(
    ids.map((id) => ({ channel: 'a', payload: id, options: { ...KEPT, id } })),
  );
  const messages = await backend.dequeueMany('a', 150, 0);
  await Promise.all(messages.map(({ eventId, lease }) => backend.ack(eventId, lease)));
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await listKept(store, runtime, 40, after);
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
