import { memoryBackend, memoryStore } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { indexedDbBackend } from 'ackline/indexeddb';
import { createOutbox } from 'ackline/outbox';
import { expect, test, vi } from 'vitest';
import { type Binding, openShop, shown } from './binding.ts';

/** What the hooks show in each framework. */
export function testStores({ stats, letters, outbox: outboxOf, members, status }: Binding): void {
  test('useStats: shows the counts after each change, and one read serves all components', async () => {
    const store = memoryStore();
    const reads = vi.spyOn(store, 'stats');
    const { events, publish } = openShop(memoryBackend({ store }));
    const mounted = [stats(events), stats(events), stats(events)];
    for (const one of mounted) await shown(one).toMatchObject({ stats: { ready: 0 } });
    await publish(1);
    for (const one of mounted) await shown(one).toMatchObject({ stats: { ready: 1 } });
    // One for the first, one for the change, and one that confirms each. Three components of their own would read nine times.
    expect(reads.mock.calls.length).toBeLessThan(6);
    for (const { unmount } of mounted) unmount();
    reads.mockClear();
    await publish(2);
    expect(reads).not.toHaveBeenCalled();
  });

  test('useDeadLetters: shows a letter when it dies, at most `limit`, and none after a redrive', async () => {
    const { events } = openShop();
    const place = letters(events, 2);
    await shown(place).toMatchObject({ letters: [] });
    for (const order of [1, 2, 3]) {
      await events.publish('orders', order);
      await (await events.dequeue('orders'))?.reject();
    }
    const dead = [1, 2].map((payload) => ({ payload, reason: 'rejected' }));
    await shown(place).toMatchObject({ letters: dead });
    await events.redrive('orders');
    await shown(place).toMatchObject({ letters: [] });
  });

  test('useOutbox: shows a pause, and the counts', async () => {
    const { events, publish } = openShop();
    const outbox = createOutbox({ events, channel: 'orders', send: () => ({ result: 'done' }) });
    const place = outboxOf(outbox);
    await shown(place).toMatchObject({ state: 'idle', waiting: 0 });
    outbox.pause('signed out');
    await publish(1);
    await shown(place).toMatchObject({ state: 'paused', pauseReason: 'signed out', waiting: 1 });
    outbox.resume();
    await shown(place).toMatchObject({ state: 'idle', waiting: 0 });
    await outbox.stop();
  });

  test('useMembers: shows each member that comes and goes', async () => {
    const name = crypto.randomUUID();
    const other = openShop(broadcastBackend({ name }));
    const place = members(openShop(broadcastBackend({ name })).events);
    await shown(place).toEqual([]);
    const listener = other.events.listen('orders', () => {});
    await shown(place).toHaveLength(1);
    await listener.stop();
    await shown(place).toEqual([]);
  });

  test('useStatus: shows the state of the database', async () => {
    const backend = indexedDbBackend({ database: crypto.randomUUID() });
    const { events, publish } = openShop(backend);
    const place = status(events);
    await shown(place).toMatchObject({ state: 'closed' });
    await publish(1);
    await shown(place).toMatchObject({ state: 'open' });
    await backend.destroy();
    await shown(place).toMatchObject({ state: 'closed' });
  });

  test('useStatus: says which backends have a status', () => {
    const { errors } = status(openShop().events);
    expect(errors).toMatchObject([{ message: expect.stringContaining('IndexedDB backend') }]);
  });
}
