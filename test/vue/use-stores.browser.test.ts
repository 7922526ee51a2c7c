// Covers src/vue/*.ts, src/stores/*.ts
import { EventChannel, memoryBackend, memoryStore } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { indexedDbBackend } from 'ackline/indexeddb';
import { createOutbox } from 'ackline/outbox';
import { useDeadLetters, useMembers, useOutbox, useStats, useStatus } from 'ackline/vue';
import { expect, onTestFinished, test, vi } from 'vitest';
import { nextTick, type ShallowRef, shallowRef } from 'vue';
import { mount } from './mount.ts';

type Shop = { orders: number };

function open(backend = memoryBackend()) {
  const events = new EventChannel<Shop>({ backend, observer() {} });
  onTestFinished(() => events.shutdown());
  return events;
}

/** Mounts a component that shows what a composable returns. */
function showing(composable: () => Readonly<ShallowRef<unknown>>) {
  return mount(() => {
    const shown = composable();
    return () => shown.value;
  });
}

const PLACE = { timeout: 10_000 };
const shown = (text: () => string) => expect.poll(() => JSON.parse(text()), PLACE);

test('useStats: shows the counts after each change, and one read serves all components', async () => {
  const store = memoryStore();
  const reads = vi.spyOn(store, 'stats');
  const events = open(memoryBackend({ store }));
  const mounted = [1, 2, 3].map(() => showing(() => useStats(events, 'orders')));
  for (const { text } of mounted) await shown(text).toMatchObject({ stats: { ready: 0 } });
  await events.publish('orders', 1);
  for (const { text } of mounted) await shown(text).toMatchObject({ stats: { ready: 1 } });
  expect(reads.mock.calls.length).toBeLessThan(6);
  for (const { unmount } of mounted) unmount();
  reads.mockClear();
  await events.publish('orders', 2);
  expect(reads).not.toHaveBeenCalled();
});

test('useStats: follows a ref of another channel object, and none', async () => {
  const first = open();
  const second = open();
  await second.publish('orders', 1);
  const events = shallowRef<EventChannel<Shop> | null>(first);
  const { text } = showing(() => useStats(events, 'orders'));
  await shown(text).toMatchObject({ stats: { ready: 0 } });
  events.value = second;
  await shown(text).toMatchObject({ stats: { ready: 1 } });
  events.value = null;
  await nextTick();
  await shown(text).toEqual({ isEnded: false });
});

test('useDeadLetters: shows a letter when it dies, at most `limit`, and none after a redrive', async () => {
  const events = open();
  const { text } = mount(() => {
    const failed = useDeadLetters(events, 'orders', { limit: 2 });
    return () => failed.value.letters?.map(({ payload, reason }) => [payload, reason]);
  });
  await shown(text).toEqual([]);
  for (const order of [1, 2, 3]) {
    await events.publish('orders', order);
    await (await events.dequeue('orders'))?.reject();
  }
  await shown(text).toEqual([
    [1, 'rejected'],
    [2, 'rejected'],
  ]);
  await events.redrive('orders');
  await shown(text).toEqual([]);
});

test('useOutbox: shows a pause, and the counts', async () => {
  const events = open();
  const outbox = createOutbox({ events, channel: 'orders', send: () => ({ result: 'done' }) });
  const { text } = showing(() => useOutbox(outbox));
  await shown(text).toMatchObject({ state: 'idle', waiting: 0 });
  outbox.pause('signed out');
  await events.publish('orders', 1);
  await shown(text).toMatchObject({ state: 'paused', pauseReason: 'signed out', waiting: 1 });
  outbox.resume();
  await shown(text).toMatchObject({ state: 'idle', waiting: 0 });
  await outbox.stop();
});

test('useMembers: shows each member that comes and goes', async () => {
  const name = `vue-${crypto.randomUUID()}`;
  const events = open(broadcastBackend({ name }));
  const other = open(broadcastBackend({ name }));
  const { text } = mount(() => {
    const members = useMembers(events, 'orders');
    return () => members.value?.length;
  });
  await shown(text).toBe(0);
  const listener = other.listen('orders', () => {});
  await shown(text).toBe(1);
  await listener.stop();
  await shown(text).toBe(0);
});

test('useStatus: shows the state of the database, of a channel or of its backend', async () => {
  const backend = indexedDbBackend({ database: `vue-${crypto.randomUUID()}` });
  const events = open(backend);
  const { text } = mount(() => {
    const states = [useStatus(events), useStatus(backend)];
    return () => states.map(({ value }) => value?.state);
  });
  await shown(text).toEqual(['closed', 'closed']);
  await events.publish('orders', 1);
  await shown(text).toEqual(['open', 'open']);
  await backend.destroy();
  await shown(text).toEqual(['closed', 'closed']);
});

test('useStatus: says which backends have a status', () => {
  const events = open();
  const { errors } = showing(() => useStatus(events));
  expect(errors).toMatchObject([{ message: expect.stringContaining('IndexedDB backend') }]);
});
