// Covers src/vue/*.ts, src/stores/*.ts
import { EventChannel, memoryBackend } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { indexedDbBackend } from 'ackline/indexeddb';
import { createOutbox } from 'ackline/outbox';
import {
  useDeadLetters,
  useListener,
  useMembers,
  useOutbox,
  useStats,
  useStatus,
} from 'ackline/vue';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createSSRApp, defineComponent } from 'vue';
import { renderToString } from 'vue/server-renderer';

test('rendering on a server shows what is known before a read, and starts nothing', async () => {
  const backend = indexedDbBackend({ database: 'server' });
  const events = new EventChannel({ backend });
  const shared = new EventChannel({ backend: broadcastBackend({ name: 'server' }) });
  const offline = new EventChannel({ backend: memoryBackend() });
  const outbox = createOutbox({ events: offline, channel: 'a', send: () => ({ result: 'done' }) });
  for (const channel of [events, shared, offline]) onTestFinished(() => channel.shutdown());
  outbox.pause();
  const calls = [
    vi.spyOn(events, 'listen'),
    vi.spyOn(backend, 'stats'),
    vi.spyOn(shared, 'watchMembers'),
  ];
  const Page = defineComponent(() => {
    useListener(events, 'orders', () => {});
    const shown = [
      useStats(events, 'orders'),
      useDeadLetters(events, 'orders'),
      useMembers(shared, 'orders'),
      useStatus(backend),
      useOutbox(outbox),
      useStats<EventChannel>(null, 'orders'),
    ];
    return () => JSON.stringify(shown.map(({ value }) => value ?? null));
  });
  const html = (await renderToString(createSSRApp(Page))).replaceAll('&quot;', '"');
  const unread = { isEnded: false };
  const idle = expect.objectContaining({ state: 'idle', waiting: null });
  expect(JSON.parse(html)).toEqual([unread, unread, null, null, idle, unread]);
  for (const call of calls) expect(call).not.toHaveBeenCalled();
  expect(backend.status().state).toBe('closed');
});
