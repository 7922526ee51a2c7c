// Covers src/inspection/browse.ts, src/inspection/channels.ts, src/inspection/stats.ts, src/inspection/inspectable.ts,
// src/inspection/source-of.ts, src/queue/browsed-letter.ts
import {
  EventChannel,
  memoryBackend,
  memoryStore,
  SyncEventChannel,
  syncMemoryBackend,
} from 'ackline';
import { type BrowsedPage, browse, channels, stats } from 'ackline/inspection';
import { withSchemas } from 'ackline/schema';
import { faultyStore, ManualRuntime } from 'ackline/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { bareBackend } from '../support/bare-backend.ts';

const READY = { state: 'ready' } as const;

test('a channel means its backend, also after the channel was shut down', async () => {
  const backend = memoryBackend();
  const events = new EventChannel({ backend });
  const other = new EventChannel({ backend });
  await events.publish('orders', 1);
  const page = await browse(events, 'orders', READY);
  expect(await browse(backend, 'orders', READY)).toEqual(page);
  await other.shutdown();
  expect(await browse(other, 'orders', READY)).toEqual(page);
  await events.shutdown();
  await expect(browse(other, 'orders', READY)).rejects.toMatchObject({ code: 'closed' });
});

test('a synchronous channel or backend answers at once', () => {
  const backend = syncMemoryBackend();
  const events = new SyncEventChannel({ backend });
  const eventId = events.publish('orders', { total: 5 });
  const page = browse(events, 'orders', { ...READY, payload: true });
  expect(page.events).toMatchObject([{ eventId, payload: { total: 5 }, attempts: 0 }]);
  expect(browse(backend, 'orders', READY).events).toHaveLength(1);
  expect(channels(events).channels).toMatchObject([{ channel: 'orders', stats: { ready: 1 } }]);
  expect([stats(events).ready, stats(backend, 'orders').ready]).toEqual([1, 1]);
  events.shutdown();
  expect(() => channels(events)).toThrow('shut down');
});

test('backends of both protocols over one store show the same events', async () => {
  const store = memoryStore();
  const sync = syncMemoryBackend({ store });
  const backend = memoryBackend({ store });
  sync.publish('orders', 1);
  expect(await browse(backend, 'orders', READY)).toEqual(browse(sync, 'orders', READY));
  await backend.shutdown();
});

test('refuses what is neither a channel nor a backend, and backends without the capability', async () => {
  expect(() => browse({} as never, 'orders' as never, READY)).toThrow(TypeError);
  expect(() => channels(null as never)).toThrow('an event channel or its backend, got null');
  await expect(browse(bareBackend(), 'orders', READY)).rejects.toMatchObject({
    code: 'unsupported',
  });
  const store = faultyStore(memoryStore(), []);
  const over = memoryBackend({ store });
  await expect(channels(over)).rejects.toMatchObject({ code: 'unsupported' });
});

test('a backend with the verbs of its own is asked itself, page after page', async () => {
  const asked: unknown[] = [];
  const page: BrowsedPage = { events: [], after: 'next' };
  const backend = {
    ...bareBackend(),
    capabilities: { browse: true, channels: true, stats: true } as const,
    browse: async (...given: readonly unknown[]) => {
      asked.push(given);
      return page;
    },
    channels: async ({ after }: { after?: string } = {}) => {
      const channel = after === undefined ? 'a' : 'b';
      const counts = { ready: 1, leased: 2, scheduled: 0, dead: 0, quarantined: 1 };
      return {
        channels: [{ channel, stats: counts }],
        ...(after === undefined && { after: 'a' }),
      };
    },
    stats: async () => ({ ready: 7, leased: 0, scheduled: 0, dead: 0 }),
  };
  expect(await browse(backend, 'orders', { state: 'dead', after: 'x', limit: 5 })).toEqual(page);
  const options = { state: 'dead', after: 'x', limit: 5, payload: false };
  expect(asked).toEqual([['orders', options]]);
  const sum = { ready: 2, leased: 4, scheduled: 0, dead: 0, quarantined: 2 };
  expect(await stats(backend)).toEqual(sum);
  expect((await stats(backend, 'orders')).ready).toBe(7);
});

test('a dead letter that its schema refused is invalid, as in deadLetters', async () => {
  const runtime = new ManualRuntime();
  const store = memoryStore({ runtime });
  const backend = withSchemas(memoryBackend({ store }), {
    orders: { schema: z.object({ total: z.number() }), validate: 'delivery' },
  });
  const events = new EventChannel({ backend });
  await memoryBackend({ store }).publish('orders', { total: 'five' });
  expect(await events.dequeue('orders', { pollIntervalMs: 0 })).toBeNull();
  const [letter] = (await browse(events, 'orders', { state: 'dead' })).events;
  expect(letter?.reason).toBe('invalid');
  expect((await events.deadLetters('orders'))[0]?.reason).toBe('invalid');
  await events.shutdown();
});
