import { EventChannel, memoryBackend } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { type IndexedDbBackend, indexedDbBackend } from 'ackline/indexeddb';
import { createOutbox, type Outbox } from 'ackline/outbox';
import { expect, onTestFinished, vi } from 'vitest';

/** What a component on a server is given. */
export interface ServerParts {
  readonly events: EventChannel;
  readonly shared: EventChannel;
  readonly backend: IndexedDbBackend;
  readonly outbox: Outbox;
}

/** The hooks or composables of a framework, of the same names in each. A composable returns a ref. */
export interface ServerHooks {
  useListener(events: EventChannel, channel: string, handler: () => void): void;
  useStats(events: EventChannel | null, channel: string): unknown;
  useDeadLetters(events: EventChannel, channel: string): unknown;
  useMembers(events: EventChannel, channel: string): unknown;
  useStatus(backend: IndexedDbBackend): unknown;
  useOutbox(outbox: Outbox): unknown;
}

/** Calls each hook in a component, as the component renders. */
export function useAll(hooks: ServerHooks, { events, shared, backend, outbox }: ServerParts) {
  hooks.useListener(events, 'orders', () => {});
  return [
    hooks.useStats(events, 'orders'),
    hooks.useDeadLetters(events, 'orders'),
    hooks.useMembers(shared, 'orders'),
    hooks.useStatus(backend),
    hooks.useOutbox(outbox),
    hooks.useStats(null, 'orders'),
  ];
}

/** `render` resolves with the HTML of a component that shows, as JSON, what `useAll` returns. */
export async function expectQuietOnServer(
  render: (parts: ServerParts) => string | Promise<string>,
): Promise<void> {
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
  const html = await render({ events, shared, backend, outbox });
  const unread = { isEnded: false };
  const idle = expect.objectContaining({ state: 'idle', waiting: null });
  const shown = [unread, unread, null, null, idle, unread];
  expect(JSON.parse(html.replaceAll('&quot;', '"'))).toEqual(shown);
  for (const call of calls) expect(call).not.toHaveBeenCalled();
  expect(backend.status().state).toBe('closed');
}
