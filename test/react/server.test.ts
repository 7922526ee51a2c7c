// Covers src/react/*.ts, src/stores/*.ts
import { EventChannel, memoryBackend } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { type IndexedDbBackend, indexedDbBackend } from 'ackline/indexeddb';
import { createOutbox, type Outbox } from 'ackline/outbox';
import {
  useDeadLetters,
  useListener,
  useMembers,
  useOutbox,
  useStats,
  useStatus,
} from 'ackline/react';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { expect, onTestFinished, test, vi } from 'vitest';

interface Props {
  readonly events: EventChannel;
  readonly shared: EventChannel;
  readonly backend: IndexedDbBackend;
  readonly outbox: Outbox;
}

function Page({ events, shared, backend, outbox }: Props) {
  useListener(events, 'orders', () => {});
  const shown = [
    useStats(events, 'orders'),
    useDeadLetters(events, 'orders'),
    useMembers(shared, 'orders'),
    useStatus(backend),
    useOutbox(outbox).state,
    useStats<EventChannel>(null, 'orders').isEnded,
  ];
  return JSON.stringify(shown);
}

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
  const page = createElement(Page, { events, shared, backend, outbox });
  const html = renderToString(page).replaceAll('&quot;', '"');
  const unread = { isEnded: false };
  expect(JSON.parse(html)).toEqual([unread, unread, null, null, 'idle', false]);
  for (const call of calls) expect(call).not.toHaveBeenCalled();
  expect(backend.status().state).toBe('closed');
});
