// Covers src/groups/*.ts, src/backends/memory/memory-groups.ts, src/core/options/queue-name.ts, src/queue/group-queues.ts
import {
  AcklineError,
  EventChannel,
  memoryBackend,
  memoryStore,
  type ObserverEvent,
  SyncEventChannel,
  syncMemoryBackend,
} from 'ackline';
import { inBatches } from 'ackline/flow';
import { createGroup, deleteGroup, groupStats, groups } from 'ackline/groups';
import { withSchemas } from 'ackline/schema';
import { ManualRuntime } from 'ackline/testing';
import { expect, test } from 'vitest';
import { number } from 'zod';
import { bareBackend } from '../support/bare-backend.ts';

function openChannel(observer: (event: ObserverEvent) => void = () => {}) {
  const runtime = new ManualRuntime();
  const events = new EventChannel({ backend: memoryBackend({ runtime }), observer });
  return { runtime, events };
}

test('createGroup: a listener with the group gets every event, beside one without a group', async () => {
  const { events } = openChannel();
  expect(await createGroup(events, 'orders', 'search')).toBe(true);
  expect(await createGroup(events, 'orders', 'search')).toBe(false);
  const seen: unknown[] = [];
  events.listen('orders', ({ payload, channel, group }) => seen.push([payload, channel, group]));
  events.listen('orders', ({ payload, channel, group }) => seen.push([payload, channel, group]), {
    group: 'search',
  });
  await events.publish('orders', 1);
  expect(await events.drain()).toBe(2);
  expect(seen).toContainEqual([1, 'orders', undefined]);
  expect(seen).toContainEqual([1, 'orders', 'search']);
  await events.shutdown();
});

test('dequeue, dequeueMany and iterEvents take the option group, and a delivery settles in its group', async () => {
  const { events } = openChannel();
  await createGroup(events, 'orders', 'search');
  await events.publishMany([1, 2, 3].map((payload) => ({ channel: 'orders', payload })));
  const first = await events.dequeue('orders', { group: 'search', pollIntervalMs: 0 });
  expect(first?.payload).toBe(1);
  expect(await first?.ack()).toBe('ok');
  const [second] = await events.dequeueMany('orders', 1, { group: 'search' });
  if (!second) throw new Error('expected an event');
  expect(await events.ack(second)).toBe('ok');
  for await (const third of events.iterEvents('orders', { group: 'search' })) {
    expect(await events.nack(third.eventId)).toBe('ok');
    break;
  }
  expect(await events.stats('orders', { group: 'search' })).toMatchObject({ ready: 1, leased: 0 });
  expect(await events.stats('orders')).toMatchObject({ ready: 3 });
  expect(await groupStats(events, 'orders')).toMatchObject({
    plain: { ready: 3 },
    groups: [{ group: 'search', stats: { ready: 1 } }],
    slowest: { group: null, waiting: 3 },
  });
  await events.shutdown();
});

test('the same event held by two groups is settled in each for itself', async () => {
  const { events } = openChannel();
  for (const group of ['search', 'mail']) await createGroup(events, 'orders', group);
  await events.publish('orders', 1, null, { id: 'one' });
  const search = await events.dequeue('orders', { group: 'search' });
  const mail = await events.dequeue('orders', { group: 'mail' });
  expect(await search?.ack()).toBe('ok');
  expect(await mail?.reject('no')).toBe('ok');
  expect(await events.deadLetters('orders', { group: 'search' })).toEqual([]);
  const letters = await events.deadLetters('orders', { group: 'mail', limit: 5 });
  expect(letters).toMatchObject([{ channel: 'orders', group: 'mail', note: 'no' }]);
  expect(await events.redrive('orders', { group: 'mail', reason: 'rejected' })).toBe(1);
  const redriven = await events.dequeue('orders', { group: 'mail' });
  expect(await redriven?.reject()).toBe('ok');
  expect(await events.purge('orders', { group: 'mail' })).toBe(1);
  await events.shutdown();
});

test('retryNow takes the option group', async () => {
  const { events } = openChannel();
  await createGroup(events, 'orders', 'search');
  await events.publish('orders', 1);
  const delivery = await events.dequeue('orders', { group: 'search' });
  await delivery?.nack({ delayMs: 60_000 });
  expect(await events.retryNow('orders')).toBe(0);
  expect(await events.retryNow('orders', { group: 'search' })).toBe(1);
  expect((await events.dequeue('orders', { group: 'search' }))?.attempts).toBe(2);
  await events.shutdown();
});

test('deleteGroup: its listeners end with no-group, its deliveries abort, and others go on', async () => {
  const reports: ObserverEvent[] = [];
  const { events } = openChannel((event) => reports.push(event));
  for (const group of ['search', 'mail']) await createGroup(events, 'orders', group);
  const listener = events.listen('orders', () => {}, { group: 'search' });
  const batches = events.listen(
    'orders',
    inBatches(() => {}, { size: 2, maxWaitMs: 10 }),
    {
      group: 'search',
    },
  );
  const mail = events.listen('orders', () => {}, { group: 'mail' });
  expect(listener.channel).toBe('orders@search');
  await listener.stop();
  const idle = events.listen('orders', () => {}, { group: 'search' });
  await events.publish('orders', 1);
  await events.publish('orders', 2);
  await events.drain();
  await events.publish('orders', 3);
  const held = await events.dequeue('orders', { group: 'search', pollIntervalMs: 0 });
  expect(await deleteGroup(events, 'orders', 'search')).toBe(true);
  expect(await deleteGroup(events, 'orders', 'search')).toBe(false);
  await idle.closed;
  await batches.closed;
  expect(idle.closeReason).toMatchObject({ code: 'no-group', channel: 'orders' });
  expect(batches.closeReason).toMatchObject({ code: 'no-group' });
  if (held) {
    expect(held.signal.aborted).toBe(true);
    expect(await held.ack()).toBe('gone');
  }
  expect(reports.filter(({ type }) => type === 'listener-closed')).toHaveLength(2);
  expect(await groups(events, 'orders')).toEqual(['mail']);
  expect(mail.status).toBe('running');
  await events.shutdown();
});

test('a consumer of a group that does not exist gets no-group, which says how to create it', async () => {
  const { events } = openChannel();
  const listener = events.listen('orders', () => {}, { group: 'search' });
  await listener.closed;
  expect(listener.closeReason).toBeInstanceOf(AcklineError);
  expect(String(listener.closeReason)).toContain("createGroup(backend, 'orders', 'search')");
  const code = 'no-group';
  await expect(events.dequeue('orders', { group: 'search' })).rejects.toMatchObject({ code });
  await expect(events.iterEvents('orders', { group: 'search' }).next()).rejects.toMatchObject({
    code,
  });
  await expect(events.stats('orders', { group: 'search' })).rejects.toMatchObject({ code });
  await events.shutdown();
});

test('stopListener stops the listeners of a channel and those of its groups', async () => {
  const { events } = openChannel();
  await createGroup(events, 'orders', 'search');
  const listener = events.listen('orders', () => {}, { group: 'search' });
  await events.stopListener('orders');
  expect(listener.status).toBe('stopped');
  await events.shutdown();
});

test('a synchronous channel has groups, which it shares with an asynchronous one', async () => {
  const store = memoryStore({ runtime: new ManualRuntime() });
  const events = new SyncEventChannel({
    backend: syncMemoryBackend({ store }),
    autoDrain: false,
    observer: () => {},
  });
  expect(createGroup(events, 'orders', 'search')).toBe(true);
  const seen: unknown[] = [];
  const listener = events.listen('orders', ({ payload, group }) => seen.push([payload, group]), {
    group: 'search',
  });
  events.publish('orders', 1);
  expect(events.drain()).toBe(1);
  expect(seen).toEqual([[1, 'search']]);
  events.publish('orders', 2);
  const delivery = events.dequeue('orders', { group: 'search' });
  expect(delivery?.nack()).toBe('ok');
  expect(events.stats('orders', { group: 'search' }).ready).toBe(1);
  expect(events.retryNow('orders', { group: 'search' })).toBe(0);
  expect(events.deadLetters('orders', { group: 'search' })).toEqual([]);
  const backend = memoryBackend({ store });
  expect(await groups(backend, 'orders')).toEqual(['search']);
  expect(deleteGroup(events, 'orders', 'search')).toBe(true);
  expect(events.drain()).toBe(0);
  expect(listener.status).toBe('stopped');
  expect(groups(events, 'orders')).toEqual([]);
  await backend.shutdown();
  events.shutdown();
});

test('a backend without groups refuses them, and names the option or the verb', async () => {
  const backend = bareBackend();
  const events = new EventChannel({ backend });
  const code = 'unsupported';
  await expect(events.dequeue('orders', { group: 'search' })).rejects.toMatchObject({ code });
  expect(() => events.listen('orders', () => {}, { group: 'search' })).toThrow(/group needs/);
  expect(() => createGroup(events, 'orders', 'search')).toThrow(/createGroup needs/);
  expect(() => createGroup({} as never, 'orders', 'search')).toThrow(TypeError);
  await events.shutdown();
});

test('the options of a group refuse a bad name', async () => {
  const { events } = openChannel();
  for (const group of ['', 'a b', 'a@b', 5])
    await expect(events.dequeue('orders', { group: group as string })).rejects.toThrow(
      /group must be a string that matches/,
    );
  await expect(createGroup(events, 'a@b', 'search')).rejects.toThrow(TypeError);
  await events.shutdown();
});

test('an observer that deletes a group while an event is published does not fail the publish', async () => {
  const events: EventChannel = new EventChannel({
    backend: memoryBackend({ runtime: new ManualRuntime() }),
    observer: ({ type }) => type === 'replaced' && deleteGroup(events, 'orders', 'search'),
  });
  for (const group of ['search', 'mail']) await createGroup(events, 'orders', group);
  const draft = { key: 'one', replaces: 'waiting' } as const;
  await events.publish('orders', 1, null, draft);
  await events.publish('orders', 2, null, draft);
  expect(await groups(events, 'orders')).toEqual(['mail']);
  const delivery = await events.dequeue('orders', { group: 'mail' });
  expect(delivery?.payload).toBe(2);
  await events.shutdown();
});

test('a payload that does not fit its schema at delivery becomes a dead letter of its group alone', async () => {
  const backend = memoryBackend({ runtime: new ManualRuntime() });
  const observer = () => {};
  const older = new EventChannel({ backend, observer });
  await createGroup(older, 'orders', 'search');
  await older.publish('orders', 'old');
  const schema = number();
  const events = new EventChannel({
    backend: withSchemas(backend, { orders: { schema, validate: 'delivery' } }),
    observer,
  });
  expect(await events.dequeue('orders', { group: 'search', pollIntervalMs: 0 })).toBeNull();
  const letters = await events.deadLetters('orders', { group: 'search' });
  expect(letters).toMatchObject([{ reason: 'invalid', group: 'search' }]);
  expect(await events.deadLetters('orders')).toEqual([]);
  await events.shutdown();
  await older.shutdown();
});
