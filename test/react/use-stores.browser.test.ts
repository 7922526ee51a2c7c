// Covers src/react/*.ts, src/stores/*.ts
import { EventChannel, memoryBackend, memoryStore } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { indexedDbBackend } from 'ackline/indexeddb';
import { createOutbox } from 'ackline/outbox';
import { useDeadLetters, useMembers, useOutbox, useStats, useStatus } from 'ackline/react';
import { createElement, type FunctionComponent } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server.browser';
import { expect, onTestFinished, test, vi } from 'vitest';
import { mount } from './mount.ts';

type Shop = { orders: number };

function open(backend = memoryBackend()) {
  const events = new EventChannel<Shop>({ backend, observer() {} });
  onTestFinished(() => events.shutdown());
  return events;
}

/** A component that shows what a hook returns, as JSON. */
function showing<Props extends object>(hook: (props: Props) => unknown): FunctionComponent<Props> {
  return (props) => createElement('output', null, JSON.stringify(hook(props) ?? null));
}

const PLACE = { timeout: 10_000 };
const shown = (text: () => string) => expect.poll(() => JSON.parse(text()), PLACE);

test('useStats: shows the counts after each change, and one read serves all components', async () => {
  const store = memoryStore();
  const reads = vi.spyOn(store, 'stats');
  const events = open(memoryBackend({ store }));
  const Counts = showing(() => useStats(events, 'orders'));
  const mounted = [mount(Counts, {}), mount(Counts, {}), mount(Counts, {})];
  for (const { text } of mounted) await shown(text).toMatchObject({ stats: { ready: 0 } });
  await events.publish('orders', 1);
  for (const { text } of mounted) await shown(text).toMatchObject({ stats: { ready: 1 } });
  // One for the first, one for the change, and one that confirms each. Three components of their own would read nine times.
  expect(reads.mock.calls.length).toBeLessThan(6);
  for (const { unmount } of mounted) unmount();
  reads.mockClear();
  await events.publish('orders', 2);
  expect(reads).not.toHaveBeenCalled();
});

test('useStats: follows another channel object and another name', async () => {
  const first = open();
  const second = open();
  await second.publish('orders', 1);
  type Props = { readonly events: EventChannel<Shop> | null };
  const Counts = showing(({ events }: Props) => useStats(events, 'orders'));
  const { text, render } = mount<Props>(Counts, { events: null });
  expect(JSON.parse(text())).toEqual({ isEnded: false });
  render({ events: first });
  await shown(text).toMatchObject({ stats: { ready: 0 } });
  render({ events: second });
  await shown(text).toMatchObject({ stats: { ready: 1 } });
});

test('useDeadLetters: shows a letter when it dies, at most `limit`, and none after a redrive', async () => {
  const events = open();
  const Letters = showing(() => {
    const { letters } = useDeadLetters(events, 'orders', { limit: 2 });
    return letters?.map(({ payload, reason }) => [payload, reason]);
  });
  const { text } = mount(Letters, {});
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
  const { text } = mount(
    showing(() => useOutbox(outbox)),
    {},
  );
  await shown(text).toMatchObject({ state: 'idle', waiting: 0 });
  outbox.pause('signed out');
  await events.publish('orders', 1);
  await shown(text).toMatchObject({ state: 'paused', pauseReason: 'signed out', waiting: 1 });
  outbox.resume();
  await shown(text).toMatchObject({ state: 'idle', waiting: 0 });
  await outbox.stop();
});

test('useMembers: shows each member that comes and goes', async () => {
  const name = `react-${crypto.randomUUID()}`;
  const events = open(broadcastBackend({ name }));
  const other = open(broadcastBackend({ name }));
  const Members = showing(() => useMembers(events, 'orders')?.length);
  const { text } = mount(Members, {});
  expect(JSON.parse(text())).toBe(null);
  await shown(text).toBe(0);
  const listener = other.listen('orders', () => {});
  await shown(text).toBe(1);
  await listener.stop();
  await shown(text).toBe(0);
});

test('useStatus: shows the state of the database, of a channel or of its backend', async () => {
  const backend = indexedDbBackend({ database: `react-${crypto.randomUUID()}` });
  const events = open(backend);
  const States = showing(() => [useStatus(events)?.state, useStatus(backend)?.state]);
  const { text } = mount(States, {});
  expect(JSON.parse(text())).toEqual(['closed', 'closed']);
  await events.publish('orders', 1);
  await shown(text).toEqual(['open', 'open']);
  await backend.destroy();
  await shown(text).toEqual(['closed', 'closed']);
});

test('useStatus: says which backends have a status', () => {
  const events = open();
  const { errors } = mount(
    showing(() => useStatus(events)),
    {},
  );
  expect(errors).toMatchObject([{ message: expect.stringContaining('IndexedDB backend') }]);
});

test('hydration: the first client render equals that of the server, and the counts follow', async () => {
  const events = open();
  await events.publish('orders', 1);
  const Counts = showing(() => [useStats(events, 'orders'), useStatus(null), useOutbox(null)]);
  // The counts are known in this page before the server's markup arrives.
  const early = mount(Counts, {});
  await shown(early.text).toMatchObject([{ stats: { ready: 1 } }, null, {}]);
  const place = document.createElement('div');
  place.innerHTML = renderToString(createElement(Counts));
  const onRecoverableError = vi.fn();
  const root = hydrateRoot(place, createElement(Counts), { onRecoverableError });
  onTestFinished(() => root.unmount());
  await shown(() => place.textContent).toMatchObject([{ stats: { ready: 1 } }, null, {}]);
  expect(onRecoverableError).not.toHaveBeenCalled();
});
