import { type AsyncEventHandler, EventChannel, memoryBackend } from 'ackline';
import type { Outbox } from 'ackline/outbox';
import { expect, onTestFinished, vi } from 'vitest';

export type Shop = { orders: number };
export type ShopEvents = EventChannel<Shop>;

/** A component in the page. */
export interface Mounted {
  /** What it shows, as JSON. */
  readonly text: () => string;
  readonly unmount: () => void;
  readonly errors: readonly unknown[];
}

/** What the shared cases ask of a framework: each call mounts a component that uses a hook of `ackline/react` or `ackline/vue`. */
export interface Binding {
  listening(events: ShopEvents, handler: AsyncEventHandler<number>): Mounted;
  /** Each of these shows what its hook returns. */
  stats(events: ShopEvents): Mounted;
  letters(events: ShopEvents, limit: number): Mounted;
  outbox(outbox: Outbox): Mounted;
  members(events: ShopEvents): Mounted;
  status(target: ShopEvents): Mounted;
}

export function openShop(backend = memoryBackend()) {
  const events: ShopEvents = new EventChannel<Shop>({ backend, observer() {} });
  onTestFinished(() => events.shutdown());
  const listens = vi.spyOn(events, 'listen');
  const publish = async (...orders: readonly number[]) => {
    await events.publishMany(orders.map((payload) => ({ channel: 'orders', payload })));
  };
  return { events, listens, publish };
}

const PATIENTLY = { timeout: 10_000 };

/** Waits for what a component shows. */
export const shown = ({ text }: Pick<Mounted, 'text'>) =>
  expect.poll(() => JSON.parse(text()), PATIENTLY);
