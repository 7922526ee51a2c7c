// Covers src/react/*.ts, src/stores/*.ts
import { broadcastBackend } from 'ackline/broadcast';
import { indexedDbBackend } from 'ackline/indexeddb';
import { useMembers, useOutbox, useStats, useStatus } from 'ackline/react';
import { createElement, type FunctionComponent } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server.browser';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openShop, type ShopEvents, shown } from '../stores/binding.ts';
import { testStores } from '../stores/store-cases.ts';
import { mount } from './mount.ts';
import { reactBinding } from './react-binding.ts';

/** A component that shows what a hook returns, as JSON. */
function showing<Props extends object>(hook: (props: Props) => unknown): FunctionComponent<Props> {
  return (props) => createElement('output', null, JSON.stringify(hook(props) ?? null));
}

testStores(reactBinding);

test('before the first answer there are no members, and a status of a backend is that of its channel', () => {
  const backend = indexedDbBackend({ database: crypto.randomUUID() });
  const { events } = openShop(backend);
  const shared = openShop(broadcastBackend({ name: crypto.randomUUID() })).events;
  const hook = () => [
    useMembers(shared, 'orders') ?? null,
    useStatus(events)?.state,
    useStatus(backend)?.state,
  ];
  expect(JSON.parse(mount(showing(hook), {}).text())).toEqual([null, 'closed', 'closed']);
});

test('useStats: follows another channel object and another name', async () => {
  const first = openShop();
  const second = openShop();
  await second.publish(1);
  type Props = { readonly events: ShopEvents | null };
  const Counts = showing(({ events }: Props) => useStats(events, 'orders'));
  const place = mount<Props>(Counts, { events: null });
  expect(JSON.parse(place.text())).toEqual({ isEnded: false });
  place.render({ events: first.events });
  await shown(place).toMatchObject({ stats: { ready: 0 } });
  place.render({ events: second.events });
  await shown(place).toMatchObject({ stats: { ready: 1 } });
});

test('hydration: the first client render equals that of the server, and the counts follow', async () => {
  const { events, publish } = openShop();
  await publish(1);
  const Counts = showing(() => [useStats(events, 'orders'), useStatus(null), useOutbox(null)]);
  // The counts are known in this page before the server's markup arrives.
  const early = mount(Counts, {});
  await shown(early).toMatchObject([{ stats: { ready: 1 } }, null, {}]);
  const place = document.createElement('div');
  place.innerHTML = renderToString(createElement(Counts));
  const onRecoverableError = vi.fn();
  const root = hydrateRoot(place, createElement(Counts), { onRecoverableError });
  onTestFinished(() => root.unmount());
  await shown({ text: () => place.textContent }).toMatchObject([{ stats: { ready: 1 } }, null, {}]);
  expect(onRecoverableError).not.toHaveBeenCalled();
});
