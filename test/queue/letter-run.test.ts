// Covers src/queue/store-verbs.ts, src/core/options/dead-letter-options.ts, src/queue/number-of-cursor.ts
import type { DeadLetter } from 'ackline';
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

const letter = {
  ...{ eventId: 'one', channel: 'a', payload: 1, metadata: null, createdAt: 0, attempts: 1 },
  ...{ reason: 'rejected', note: null, lastError: null, diedAt: 50 },
} as const satisfies DeadLetter;

/** Whether a run with these options takes the letter. */
function selects(options: RunOptions, given: DeadLetter = letter): boolean {
  const step = new LetterRun('purge', 'a', options).next();
  return step?.selects(given, () => given) ?? false;
}

type RunOptions = ConstructorParameters<typeof LetterRun>[2];

test('letter run: a letter is taken if it meets every condition that was given', () => {
  expect([selects({}), selects({ ids: ['two', 'one'] }), selects({ ids: ['two'] })]).toEqual([
    true,
    true,
    false,
  ]);
  expect([selects({ reason: 'rejected' }), selects({ reason: 'expired' })]).toEqual([true, false]);
  expect([selects({ before: 51 }), selects({ before: 50 })]).toEqual([true, false]);
  const filter = ({ payload }: DeadLetter) => payload === 1;
  expect([selects({ filter }), selects({ filter }, { ...letter, payload: 2 })]).toEqual([
    true,
    false,
  ]);
  expect(selects({ filter, ids: ['one'], before: 50 })).toBe(false);
  expect(selects({ ids: [] })).toBe(false);
});

test('letter run: the filter gets the copy of the letter, with its channel and group', () => {
  const seen: DeadLetter[] = [];
  const run = new LetterRun('redrive', 'a@search', {
    filter: (one) => {
      seen.push(one);
      return true;
    },
  });
  const copy = { ...letter, channel: 'a@search', payload: 'copy' };
  expect(run.next()?.selects({ ...letter, channel: 'a@search' }, () => copy)).toBe(true);
  expect(seen).toEqual([{ ...copy, channel: 'a', group: 'search' }]);
});

test('letter run: an answer of the filter that is no boolean is refused', () => {
  for (const answer of [undefined, 1, Promise.resolve(true)])
    expect(() => selects({ filter: () => answer as never })).toThrow(
      /^the answer of filter must be true or false, got /,
    );
});

test('letter run: a limit is what is left of it for the next step, and ends the run when it is reached', () => {
  const run = new LetterRun('redrive', 'a', { limit: 3 });
  expect(run.next()?.limit).toBe(3);
  run.note({ taken: ['one', 'two'], scanned: 5, after: 5, until: 9 });
  expect(run.next()).toMatchObject({ verb: 'redrive', channel: 'a', limit: 1 });
  run.note({ taken: ['three'], scanned: 1, after: 6, until: 9 });
  expect(run.next()).toBeUndefined();
  expect(new LetterRun('purge', 'a').next()?.limit).toBe(Number.POSITIVE_INFINITY);
});

test('letter run: onProgress gets the sums since the beginning of the call', () => {
  for (const verb of ['redrive', 'purge'] as const) {
    const sums: unknown[] = [];
    const run = new LetterRun(verb, 'a', { onProgress: (progress) => sums.push(progress) });
    run.note({ taken: ['one', 'two'], scanned: 5, after: 5, until: 9 });
    run.note({ taken: ['three'], scanned: 2, after: undefined, until: 9 });
    const name = verb === 'redrive' ? 'redriven' : 'purged';
    expect(sums).toEqual([
      { [name]: 2, scanned: 5 },
      { [name]: 3, scanned: 7 },
    ]);
  }
});

const REFUSED: readonly (readonly [options: unknown, message: string])[] = [
  [5, 'options must be an object'],
  [{ id: 'one' }, 'purge has no option "id"'],
  [{ ids: 'one' }, 'ids must be an array of event ids'],
  [{ ids: ['one', 2] }, 'ids must be an array of event ids'],
  [{ reason: 1 }, 'reason must be a string'],
  [{ before: '5' }, 'before must be a time in epoch milliseconds'],
  [{ before: Number.POSITIVE_INFINITY }, 'before must be a time in epoch milliseconds'],
  [{ filter: true }, 'filter must be a function'],
  [{ onProgress: {} }, 'onProgress must be a function'],
  [{ limit: 0 }, 'limit must be a whole number'],
  [{ signal: {} }, 'signal must be'],
];

for (const [options, message] of REFUSED)
  test(`letter run: before any step it refuses ${JSON.stringify(options)}: ${message}`, () => {
    expect(() => new LetterRun('purge', 'a', options as RunOptions)).toThrow(message);
  });

test('letter run: each option that is undefined counts as left out', () => {
  const names = ['ids', 'reason', 'before', 'filter', 'limit', 'onProgress', 'signal'];
  const options = Object.fromEntries(names.map((name) => [name, undefined]));
  expect(selects(options)).toBe(true);
});
