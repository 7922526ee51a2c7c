// Covers src/queue/store-verbs.ts, src/queue/retry-now.ts, src/queue/run-letters.ts, src/queue/queue-backend.ts
import { type DeadLetter, memoryStore } from 'ackline';
import { ManualRuntime } from 'ackline/testing';
import { expect, test } from 'vitest';
import { FULL_CAPABILITIES, RETRYING_CAPABILITIES } from '../../src/queue/capabilities.ts';
import type { EventStore } from '../../src/queue/event-store.ts';
import { LocalNotifier } from '../../src/queue/notifier.ts';
import { QueueBackend } from '../../src/queue/queue-backend.ts';
import { runLetters } from '../../src/queue/run-letters.ts';
import { deferred } from '../support/deferred.ts';

/** A store with the required calls of a memory store, and `changed`. */
function storeWith(changed: Partial<EventStore>): EventStore {
  const memory: EventStore = memoryStore({ runtime: new ManualRuntime() });
  return {
    append: (events) => memory.append(events),
    claim: (request) => memory.claim(request),
    settle: (requests) => memory.settle(requests),
    stats: (channel) => memory.stats(channel),
    deadLetters: (channel, limit, after) => memory.deadLetters(channel, limit, after),
    observe: (observer) => memory.observe(observer),
    close: () => memory.close(),
    ...changed,
  };
}

/** A backend over such a store, and the channels that it has notified. */
function openVerbs(
  changed: Partial<EventStore>,
  parts: Partial<ConstructorParameters<typeof QueueBackend>[0]> = {},
) {
  const notified: string[] = [];
  const local = new LocalNotifier();
  const notifier = {
    notify: (channels: Iterable<string>) => void notified.push(...channels),
    subscribe: local.subscribe.bind(local),
    close: () => local.close(),
  };
  const runtime = new ManualRuntime();
  const backend = new QueueBackend({
    ...{ backendName: 'queue', store: storeWith(changed), notifier, runtime },
    ...{ capabilities: FULL_CAPABILITIES, runLetters },
    ...parts,
  });
  return { backend, notified, runtime };
}

test('retryNow: wakes consumers where events have become due, and a store without it has none', async () => {
  const { backend, notified } = openVerbs({ retryNow: (channel) => (channel === 'a' ? 2 : 0) });
  expect([await backend.retryNow('b'), await backend.retryNow('a')]).toEqual([0, 2]);
  expect(notified).toEqual(['a']);
  expect(await openVerbs({}).backend.retryNow('a')).toBe(0);
});

test('retryNow: passes on the reason', async () => {
  const reasons: unknown[] = [];
  const { backend } = openVerbs({ retryNow: (_, reason) => reasons.push(reason) });
  await backend.retryNow('a');
  await backend.retryNow('a', { reason: 'offline' });
  expect(reasons).toEqual([undefined, 'offline']);
});

test('releaseKey: wakes consumers where the key was blocked, and a store without keys has none', async () => {
  const { backend, notified } = openVerbs({
    blockedKeys: () => ['k'],
    releaseKey: (_, key) => key === 'k',
  });
  expect(await backend.blockedKeys('a')).toEqual(['k']);
  expect([await backend.releaseKey('b', 'x'), await backend.releaseKey('a', 'k')]).toEqual([
    false,
    true,
  ]);
  expect(notified).toEqual(['a']);
  const { backend: without } = openVerbs({});
  expect([await without.blockedKeys('a'), await without.releaseKey('a', 'k')]).toEqual([[], false]);
  await expect(backend.releaseKey('a', '')).rejects.toThrow('key must be a string');
});

test('cancel: is there where it is declared, answers gone over a store without it, and checks the id', async () => {
  const { backend } = openVerbs({ cancel: (_, eventId) => (eventId === 'x' ? 'ok' : 'stale') });
  expect([await backend.cancel?.('a', 'x'), await backend.cancel?.('a', 'y')]).toEqual([
    'ok',
    'stale',
  ]);
  expect(await openVerbs({}).backend.cancel?.('a', 'x')).toBe('gone');
  await expect(backend.cancel?.('a', 5 as never)).rejects.toThrow('eventId must be a string');
  const { backend: less } = openVerbs({}, { capabilities: RETRYING_CAPABILITIES });
  expect(less.cancel).toBeUndefined();
});

const letter: DeadLetter = {
  ...{ eventId: 'x', channel: 'a@search', payload: 1, metadata: null, createdAt: 0, attempts: 1 },
  ...{ reason: 'rejected', note: null, lastError: null, diedAt: 5 },
};

test('deadLetters: a page has a limit from 1 and begins after a cursor, and a letter names its group', async () => {
  const pages: unknown[] = [];
  const { backend } = openVerbs({
    deadLetters: (...page) => {
      pages.push(page);
      return [letter];
    },
  });
  expect(await backend.deadLetters('a@search', 1)).toEqual([
    { ...letter, channel: 'a', group: 'search' },
  ]);
  await backend.deadLetters('a', 7, '12');
  expect(pages).toEqual([
    ['a@search', 1],
    ['a', 7, 12],
  ]);
  await expect(backend.deadLetters('a', 0)).rejects.toThrow('limit must be');
  await expect(backend.deadLetters('a', 1, 'x')).rejects.toThrow('after must be');
});

test('redrive, purge: a redrive that took letters wakes consumers, and without runLetters neither is there', async () => {
  const moveLetters: EventStore['moveLetters'] = async ({ after, channel }) => ({
    taken: channel === 'a' ? ['x', 'y'] : [],
    scanned: 2,
    after: after === undefined ? 5 : undefined,
    until: 9,
  });
  const { backend, notified } = openVerbs({ moveLetters });
  expect(await backend.purge?.('a')).toBe(4);
  expect(await backend.redrive?.('b')).toBe(0);
  expect(notified).toEqual([]);
  expect(await backend.redrive?.('a')).toBe(4);
  expect(notified).toEqual(['a', 'a']);
  expect(await openVerbs({}).backend.redrive?.('a')).toBe(0);
  const { backend: less } = openVerbs({}, { runLetters: undefined });
  expect([less.redrive, less.purge]).toEqual([undefined, undefined]);
});

/** A call of each verb of a channel. */
const CALLS: Readonly<
  Record<string, (backend: QueueBackend, channel: string) => Promise<unknown> | undefined>
> = {
  retryNow: (backend, channel) => backend.retryNow(channel),
  stats: (backend, channel) => backend.stats(channel),
  deadLetters: (backend, channel) => backend.deadLetters(channel, 1),
  redrive: (backend, channel) => backend.redrive?.(channel),
  purge: (backend, channel) => backend.purge?.(channel),
  cancel: (backend, channel) => backend.cancel?.(channel, 'x'),
  blockedKeys: (backend, channel) => backend.blockedKeys(channel),
  releaseKey: (backend, channel) => backend.releaseKey(channel, 'k'),
};

for (const [verb, call] of Object.entries(CALLS)) {
  test(`${verb}: refuses a name that no channel may have, and a group over a backend without groups`, async () => {
    const { backend } = openVerbs({});
    await expect(call(backend, 'no spaces')).rejects.toThrow(TypeError);
    const { groups: _, ...capabilities } = FULL_CAPABILITIES;
    const { backend: less } = openVerbs({}, { capabilities });
    await expect(call(less, 'a@search')).rejects.toMatchObject({ code: 'unsupported' });
  });

  test(`${verb}: rejects after a shutdown`, async () => {
    const { backend } = openVerbs({});
    await backend.shutdown();
    await expect(call(backend, 'a')).rejects.toMatchObject({ code: 'closed' });
  });
}

test('shutdown: waits for the answer of a verb of a channel', async () => {
  const counted = deferred<never>();
  const { backend, runtime } = openVerbs({ stats: () => counted.promise });
  const stats = backend.stats('a').catch(() => 'failed');
  await runtime.settle();
  let isOver = false;
  const closing = backend.shutdown().then(() => {
    isOver = true;
  });
  await runtime.settle();
  expect(isOver).toBe(false);
  counted.reject(new Error('disk'));
  expect(await stats).toBe('failed');
  await closing;
});
