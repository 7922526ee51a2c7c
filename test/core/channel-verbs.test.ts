// Covers src/core/event-channel.ts, src/core/backend-calls.ts,
// src/core/session.ts, src/core/delivery/settler.ts, src/core/receiver.ts
import { describe, expect, test, vi } from 'vitest';
import {
  type AsyncEventBackend,
  EventChannel,
  type PublishOptions,
  type SyncEventBackend,
  SyncEventChannel,
} from '../../src/index.ts';
import { ManualRuntime } from '../../src/testing/manual-runtime.ts';
import { bareBackend, bareSyncBackend } from '../support/bare-backend.ts';
import { deferred } from '../support/deferred.ts';
import { nextTask } from '../support/next-task.ts';

/** A channel over a bare backend with more verbs. */
function openOver(more: Partial<AsyncEventBackend>) {
  const backend = { ...bareBackend(), ...more };
  const events = new EventChannel({ backend, runtime: new ManualRuntime() });
  return { events, backend };
}

/** A verb that writes down its arguments, and answers `answer`. */
function noting<Answer>(answer: Answer) {
  return vi.fn<(...given: unknown[]) => Promise<Answer>>(async () => answer);
}

const lacking = (capability: string) => ({
  code: 'unsupported',
  message: expect.stringContaining(`needs the capability ${capability}`),
});

describe('publishConfirmed, request', () => {
  const capabilities = { publishConfirmed: true, request: true, maxEventBytes: true } as const;

  test('pass the event with its options to the backend, and return its answer', async () => {
    const confirmation = { eventId: 'x', isConfirmed: true, receipts: [] };
    const publishConfirmed = noting(confirmation);
    const request = noting('reply');
    const { events } = openOver({ capabilities, publishConfirmed, request } as never);
    const terms = { confirm: 2 } as const;
    expect(await events.publishConfirmed('a', 1, { trace: 2 }, terms)).toBe(confirmation);
    expect(await events.request('a', 1, { timeoutMs: 9, metadata: { trace: 3 } })).toBe('reply');
    const draft = { channel: 'a', payload: 1 };
    expect(publishConfirmed.mock.calls).toMatchObject([
      [{ ...draft, metadata: { trace: 2 }, options: terms }],
    ]);
    expect(request.mock.calls).toMatchObject([
      [{ ...draft, metadata: { trace: 3 }, options: { timeoutMs: 9 } }],
    ]);
    expect(await events.request('a', 1)).toBe('reply');
    await expect(events.request('a', 1, 5 as never)).rejects.toThrow('options must be an object');
  });

  test('are refused over a backend without them, as is the option confirm of a publish', async () => {
    const { events, backend } = openOver({});
    const confirm = lacking('publishConfirmed');
    await expect(events.publishConfirmed('a', 1)).rejects.toMatchObject(confirm);
    await expect(events.publish('a', 1, null, { confirm: 'all' })).rejects.toMatchObject(confirm);
    await expect(events.request('a', 1)).rejects.toMatchObject(lacking('request'));
    expect(backend.calls).toEqual([]);
  });
});

describe('members, watchMembers', () => {
  function openMembers() {
    const stop = vi.fn();
    const watchMembers = vi.fn(() => stop);
    const members = noting([{ memberId: 'm', isSelf: true }]);
    const more = { capabilities: { members: true }, members, watchMembers } as const;
    return { stop, members, watchMembers, ...openOver(more) };
  }

  test('name the channel to the backend, and a watch ends once', async () => {
    const { events, members, watchMembers, stop } = openMembers();
    expect(await events.members('a')).toEqual([{ memberId: 'm', isSelf: true }]);
    const watcher = () => {};
    const end = events.watchMembers('a', watcher);
    expect([members.mock.calls[0]?.[0], watchMembers.mock.calls]).toEqual(['a', [['a', watcher]]]);
    expect(stop).not.toHaveBeenCalled();
    end();
    await events.shutdown();
    expect(stop).toHaveBeenCalledTimes(1);
  });

  test('a shutdown ends a watch, although another channel still uses the backend', async () => {
    const { events, backend, stop } = openMembers();
    const other = new EventChannel({ backend });
    events.watchMembers('a', () => {});
    await events.shutdown();
    expect(stop).toHaveBeenCalledTimes(1);
    await other.shutdown();
  });

  test('are refused over a backend without members, and for a watcher that is no function', async () => {
    const { events } = openOver({});
    await expect(events.members('a')).rejects.toMatchObject(lacking('members'));
    expect(() => events.watchMembers('a', () => {})).toThrow(
      expect.objectContaining(lacking('members')),
    );
    expect(() => openMembers().events.watchMembers('a', 5 as never)).toThrow(
      'watcher must be a function, got 5',
    );
  });
});

describe('a verb for several events is used only where the backend has it and declares it', () => {
  const drafts = [1, 2].map((payload) => ({ channel: 'a', payload }));
  const able = { publishMany: true, dequeueMany: true } as const;
  const message = { eventId: 'x', channel: 'a', payload: 1, metadata: null } as never;

  test('of an asynchronous backend', async () => {
    const many = { publishMany: noting(['x', 'y']), dequeueMany: noting([message]) };
    const { events } = openOver({ ...many, capabilities: able });
    expect(await events.publishMany(drafts)).toEqual(['x', 'y']);
    expect(await events.dequeueMany('a', 2)).toMatchObject([{ eventId: 'x' }]);
    for (const more of [many, { capabilities: able }]) {
      const { events: single, backend } = openOver(more);
      expect(await single.publishMany(drafts)).toEqual(['event-1', 'event-2']);
      expect(await single.dequeueMany('a', 2)).toMatchObject([{ payload: 1 }]);
      expect(await single.dequeueMany('b', 2)).toEqual([]);
      expect(backend.calls.map(([verb]) => verb)).toEqual([
        ...['publish', 'publish', 'dequeue', 'dequeue'],
      ]);
    }
  });

  test('of a synchronous backend', () => {
    const many = { publishMany: () => ['x', 'y'], dequeueMany: () => [message] };
    const runtime = new ManualRuntime();
    const over = (more: Partial<SyncEventBackend>) =>
      new SyncEventChannel({ backend: { ...bareSyncBackend(), ...more }, runtime });
    const events = over({ ...many, capabilities: able });
    expect(events.publishMany(drafts)).toEqual(['x', 'y']);
    expect(events.dequeueMany('a', 2)).toMatchObject([{ eventId: 'x' }]);
    for (const more of [many, { capabilities: able }]) {
      const single = over(more);
      expect(single.publishMany(drafts)).toEqual(['event-1', 'event-2']);
      expect(single.dequeueMany('a', 2)).toMatchObject([{ payload: 1 }]);
      expect(single.dequeueMany('b', 2)).toEqual([]);
    }
  });
});

test('the option group names the queue of the group, and the backend gets the other options', async () => {
  const capabilities = { groups: true, keys: true, redrive: true, stats: true } as const;
  const verbs = { releaseKey: noting(true), redrive: noting(3), stats: noting({}) };
  const { events } = openOver({ capabilities, ...verbs } as never);
  expect(await events.redrive('a', { limit: 5, group: 'g' })).toBe(3);
  await events.stats('a', { group: 'g' });
  await events.stats('a');
  expect(await events.releaseKey('a', 'k')).toBe(true);
  expect(verbs.redrive.mock.calls).toEqual([['a@g', { limit: 5 }]]);
  expect(verbs.stats.mock.calls).toEqual([
    ['a@g', {}],
    ['a', undefined],
  ]);
  expect(verbs.releaseKey.mock.calls).toEqual([['a', 'k']]);
});

test('deadLetters, retryNow: need a further capability for a cursor and for a reason', async () => {
  const capabilities = { deadLetters: true, retryNow: true } as const;
  const verbs = { deadLetters: noting([]), retryNow: noting(2) };
  const { events } = openOver({ capabilities, ...verbs });
  await expect(events.deadLetters('a', { after: '5' })).rejects.toMatchObject(lacking('cursor'));
  await expect(events.retryNow('a', { reason: 'offline' })).rejects.toMatchObject(
    lacking('offline'),
  );
  await expect(events.retryNow('a', 5 as never)).rejects.toThrow('options must be an object');
  await expect(events.deadLetters('a', { limit: 0 })).rejects.toThrow('limit must be');
  expect([await events.deadLetters('a'), await events.retryNow('a', {})]).toEqual([[], 2]);
  expect(verbs.deadLetters.mock.calls).toEqual([['a', 100, undefined]]);
});

test('over the five verbs alone, each further option is refused by the capability that it needs', async () => {
  const { events } = openOver({});
  const table: readonly (readonly [options: PublishOptions, capability: string])[] = [
    [{ self: false }, 'self'],
    [{ sql: {} as never }, 'sql'],
    [{ onDeadLetter: 'block' }, 'keys'],
    [{ availableAt: 0 }, 'availableAt'],
  ];
  for (const [options, capability] of table)
    await expect(events.publish('a', 1, null, options)).rejects.toMatchObject(lacking(capability));
  await expect(events.nack('x', { countsAsAttempt: false })).rejects.toMatchObject(
    lacking('countsAsAttempt'),
  );
  await expect(events.nack('x', { reason: 'offline' })).rejects.toMatchObject(lacking('offline'));
  await expect(events.ack('x', { reply: 0 })).rejects.toMatchObject(lacking('reply'));
  await expect(events.dequeue('a', { group: 'g' })).rejects.toMatchObject(lacking('groups'));
  for (const options of [{ delayMs: 0 }, { priority: 0 }, { retentionMs: 0 }])
    await events.publish('a', 1, null, options);
});

test('a capability that a feature would bring is refused with the name of the feature', async () => {
  const { events } = openOver({ features: { groups: 'fanOut()' } });
  await expect(events.dequeue('a', { group: 'g' })).rejects.toThrow(
    'group needs the capability groups, which the backend bare lacks without fanOut() in its features',
  );
});

test('stopListener: refuses options that are none, and names that no channel may have', async () => {
  const { events } = openOver({});
  await expect(events.stopListener('a', { mode: 'now' as never })).rejects.toThrow('mode must be');
  await expect(events.stopListener('no spaces' as never)).rejects.toThrow('channel must match');
  await expect(events.shutdown({ mode: 'now' as never })).rejects.toThrow('mode must be');
});

test('shutdown: over a backend of another channel, too, it ends when its leased events are returned', async () => {
  const returned = deferred<'ok'>();
  const { events, backend } = openOver({ nack: () => returned.promise });
  const other = new EventChannel({ backend });
  await events.publish('a', 1);
  await events.dequeue('a');
  let isOver = false;
  const closing = events.shutdown().then(() => {
    isOver = true;
  });
  await nextTask();
  expect(isOver).toBe(false);
  returned.resolve('ok');
  await closing;
  await other.shutdown();
});
