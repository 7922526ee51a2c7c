// Covers src/react/use-listener.ts, src/stores/settings-key.ts
import type { AsyncEventHandler, EventChannel, ListenOptions } from 'ackline';
import { inBatches } from 'ackline/flow';
import { useListener } from 'ackline/react';
import { createElement, startTransition, use } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openShop, type Shop } from '../stores/binding.ts';
import { testListener } from '../stores/listener-cases.ts';
import { mount } from './mount.ts';
import { reactBinding } from './react-binding.ts';

interface Props {
  readonly events: EventChannel<Shop> | null;
  readonly handler: AsyncEventHandler<number>;
  readonly options?: ListenOptions;
}

function Orders({ events, handler, options }: Props) {
  useListener(events, 'orders', handler, options);
  return null;
}

/** StrictMode starts each effect, ends it, and starts it again. */
const LISTENS_OF_A_MOUNT = 2;

testListener(reactBinding);

test('a new handler is used from the next event on, and does not restart the listener', async () => {
  const { events, listens, publish } = openShop();
  const seen: string[] = [];
  const handlerOf =
    (version: string): AsyncEventHandler<number> =>
    ({ payload }) =>
      void seen.push(`${version}${payload}`);
  const { render } = mount<Props>(Orders, { events, handler: handlerOf('a') });
  await publish(1);
  await events.drain();
  render({ events, handler: handlerOf('b') });
  await publish(2);
  await events.drain();
  expect(seen).toEqual(['a1', 'b2']);
  expect(listens).toHaveBeenCalledTimes(LISTENS_OF_A_MOUNT);
});

test('equal options do not restart the listener, others do, and so does another channel object', async () => {
  const { events, listens, publish } = openShop();
  const other = openShop();
  const seen: number[] = [];
  const handler: AsyncEventHandler<number> = ({ payload }) => void seen.push(payload);
  const { render } = mount<Props>(Orders, { events, handler, options: { concurrency: 2 } });
  render({ events, handler, options: { concurrency: 2, leaseMs: undefined } });
  expect(listens).toHaveBeenCalledTimes(LISTENS_OF_A_MOUNT);
  render({ events, handler, options: { concurrency: 3 } });
  expect(listens).toHaveBeenCalledTimes(LISTENS_OF_A_MOUNT + 1);
  render({ events: other.events, handler, options: { concurrency: 3 } });
  await publish(1);
  await other.publish(2);
  await other.events.drain();
  expect(seen).toEqual([2]);
  expect(await events.stats('orders')).toMatchObject({ ready: 1 });
});

test('without a channel nothing is listened to, until one is given', async () => {
  const { events, publish } = openShop();
  const handler = vi.fn();
  const { render } = mount<Props>(Orders, { events: null, handler });
  await publish(1);
  render({ events, handler });
  await events.drain();
  expect(handler).toHaveBeenCalledTimes(1);
});

test('a paced handler keeps its pace', async () => {
  const { events, publish } = openShop();
  const batches: number[][] = [];
  const handler = inBatches<number>(
    (deliveries) => void batches.push(deliveries.map(({ payload }) => payload)),
    { size: 3 },
  );
  await publish(1, 2, 3);
  mount<Props>(Orders, { events, handler });
  await events.drain();
  expect(batches).toEqual([[1, 2, 3]]);
});

interface Version {
  readonly events: EventChannel<Shop>;
  readonly name: string;
  readonly rendered: Set<string>;
  readonly seen: string[];
}

const NEVER = new Promise<never>(() => {});

function Suspending({ events, name, rendered, seen }: Version) {
  useListener(events, 'orders', () => void seen.push(name));
  rendered.add(name);
  if (name === 'suspended') use(NEVER);
  return null;
}

test('concurrent rendering: the handler of a render that is not committed is never called', async () => {
  const { events, publish } = openShop();
  const seen: string[] = [];
  const rendered = new Set<string>();
  const root = createRoot(document.createElement('div'));
  onTestFinished(() => root.unmount());
  const page = (name: string) => createElement(Suspending, { events, name, rendered, seen });
  flushSync(() => root.render(page('shown')));
  startTransition(() => root.render(page('suspended')));
  await expect.poll(() => [...rendered]).toEqual(['shown', 'suspended']);
  await publish(1);
  await events.drain();
  expect(seen).toEqual(['shown']);
});
