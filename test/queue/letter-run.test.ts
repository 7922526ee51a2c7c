// Covers src/queue/store-verbs.ts, src/core/options/dead-letter-options.ts, src/queue/number-of-cursor.ts
import { expect, test } from 'vitest';
import type { SyncEventBackend } from '../../src/core/protocols/protocols.ts';
import {
  memoryBackend,
  memoryStore,
  type ObserverEvent,
  SyncEventChannel,
  syncMemoryBackend,
} from '../../src/index.ts';
import { LetterRun } from '../../src/queue/letter-run.ts';
import { numberOfCursor } from '../../src/queue/number-of-cursor.ts';

/** A synchronous backend with `count` dead letters in channel `a`. */
function withLetters(count: number): Required<SyncEventBackend> {
  const backend = syncMemoryBackend() as Required<SyncEventBackend>;
  backend.publishMany(Array.from({ length: count }, (_, payload) => ({ channel: 'a', payload })));
  for (const { eventId } of backend.dequeueMany('a', count, 0)) backend.reject(eventId);
  return backend;
}

test('redrive: a shutdown ends it between two steps', async () => {
  const store = memoryStore();
  const backend = memoryBackend({ store });
  const sync = syncMemoryBackend({ store }) as Required<SyncEventBackend>;
  sync.publishMany(Array.from({ length: 1_500 }, (_, payload) => ({ channel: 'a', payload })));
  for (const { eventId } of sync.dequeueMany('a', 1_500, 0)) sync.reject(eventId);
  let ended: Promise<void> | undefined;
  const onProgress = () => {
    ended ??= backend.shutdown();
  };
  const redriven = backend.redrive?.('a', { onProgress });
  await expect(redriven).rejects.toMatchObject({ code: 'closed' });
  await ended;
  expect(sync.stats('a')).toMatchObject({ ready: 1_000, dead: 500 });
});

test('redrive, purge, cancel: the synchronous backend reports each step, without payloads', () => {
  const backend = withLetters(1_500);
  const reports: ObserverEvent[] = [];
  backend.observe((report) => reports.push(report));
  expect(backend.redrive('a', { limit: 1_200 })).toBe(1_200);
  expect(backend.purge('a')).toBe(300);
  const eventId = backend.publish('b', 1);
  expect(backend.cancel('b', eventId)).toBe('ok');
  expect(reports).toEqual([
    { type: 'redriven', channel: 'a', count: 1_000 },
    { type: 'redriven', channel: 'a', count: 200 },
    { type: 'purged', channel: 'a', count: 300 },
    { type: 'cancelled', channel: 'b', eventId },
  ]);
});

test('redrive: the synchronous channel drains what was put back', async () => {
  const events = new SyncEventChannel({ backend: withLetters(3) });
  const handled: unknown[] = [];
  events.listen('a', ({ payload }) => handled.push(payload));
  expect(events.redrive('a', { limit: 2 })).toBe(2);
  await Promise.resolve();
  expect(handled).toEqual([0, 1]);
  expect(events.deadLetters('a').map(({ payload }) => payload)).toEqual([2]);
  const [letter] = events.deadLetters('a');
  expect(events.deadLetters('a', { after: letter?.cursor })).toEqual([]);
  expect([events.purge('a'), events.cancel('a', 'unknown')]).toEqual([1, 'gone']);
});

test('letter run: ends when each id was found, and passes the bounds of a step to the next', () => {
  const run = new LetterRun('redrive', 'a', { ids: ['one', 'two'] });
  expect(run.next()).toMatchObject({ after: undefined, until: undefined });
  run.note({ taken: ['one'], scanned: 5, after: 5, until: 9 });
  expect(run.next()).toMatchObject({ after: 5, until: 9 });
  run.note({ taken: ['two'], scanned: 1, after: 6, until: 9 });
  expect([run.next(), run.count]).toEqual([undefined, 2]);
});

test('letter run: no step begins after an abort, and an abort after the last one changes nothing', () => {
  const stop = new AbortController();
  const run = new LetterRun('purge', 'a', { signal: stop.signal });
  run.note({ taken: ['one'], scanned: 1, after: 1, until: 2 });
  stop.abort(new Error('enough'));
  expect(() => run.next()).toThrow('enough');
  run.note({ taken: [], scanned: 1, after: undefined, until: 2 });
  expect(run.next()).toBeUndefined();
});

test('cursor: a number as text, and nothing else', () => {
  expect([numberOfCursor('12'), numberOfCursor('1.5')]).toEqual([12, 1.5]);
  for (const after of ['', ' ', 'a', 'NaN', 'Infinity', 5, null])
    expect(() => numberOfCursor(after as string)).toThrow('after must be the cursor');
});
