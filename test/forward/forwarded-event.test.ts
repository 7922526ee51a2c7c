// Covers src/forward/forwarded-event.ts, src/forward/mover.ts
import { expect, test } from 'vitest';
import { forwardedEvent } from '../../src/forward/forwarded-event.ts';
import { forward } from '../../src/forward.ts';
import { type EventMessage, memoryBackend } from '../../src/index.ts';
import { changed, openPair } from './open-forward.ts';

const message: EventMessage = {
  eventId: 'e',
  channel: 'orders',
  payload: 1,
  metadata: null,
  attempts: 1,
  availableAt: 0,
  leaseExpiresAt: 0,
  createdAt: 1_000,
};

const full = memoryBackend();
const bare = { backendName: 'bare' };

test('an event keeps id, key or priority, and the rest of its ttl', () => {
  const optionsOf = (given: Partial<EventMessage>, now = 4_000) =>
    forwardedEvent({ ...message, ...given }, full, [], now).options;
  expect(optionsOf({})).toEqual({ id: 'e' });
  expect(optionsOf({ key: 'k', delayMs: 5 })).toEqual({ id: 'e', key: 'k' });
  expect(optionsOf({ priority: -3 })).toEqual({ id: 'e', priority: -3 });
  expect(optionsOf({ ttlMs: 5_000 })).toEqual({ id: 'e', ttlMs: 2_000 });
  expect(optionsOf({ ttlMs: 5_000 }, 9_000)).toEqual({ id: 'e', ttlMs: 1 });
  expect(optionsOf({ ttlMs: 5_000, redriven: {} as never })).toEqual({ id: 'e' });
});

test('an option that to lacks is refused by name, or dropped if drop names it', () => {
  const given = { ...message, key: 'k', ttlMs: 5_000 };
  expect(() => forwardedEvent(given, bare, ['id', 'ttlMs'], 0)).toThrow(
    'key needs the capability keys, which the backend bare lacks',
  );
  expect(forwardedEvent(given, bare, ['id', 'key', 'ttlMs'], 0).options).toEqual({});
});

test('an event whose key to lacks becomes a dead letter, and others go on', async () => {
  const { from, to, runtime, events, arrived } = openPair();
  const { keys, ...capabilities } = to.capabilities;
  expect(keys).toBe(true);
  await events.publish('orders', 1, null, { key: 'k' });
  await events.publish('orders', 2);
  const keyless = changed(to, { capabilities });
  const forwarding = forward({ from, to: keyless, channel: 'orders', observer: () => undefined });
  await runtime.settle();
  expect((await arrived()).map(({ payload }) => payload)).toEqual([2]);
  expect((await events.deadLetters('orders'))[0]?.note).toContain('key needs the capability keys');
  await forwarding.stop();
});

test('a delayed event is moved when it is due, and then it is due', async () => {
  const { from, to, runtime, events, arrived } = openPair();
  await events.publish('orders', 1, null, { delayMs: 60_000 });
  const forwarding = forward({ from, to, channel: 'orders' });
  await runtime.advance(59_999);
  expect(await arrived()).toEqual([]);
  await runtime.advance(1);
  expect((await arrived()).length).toBe(1);
  await forwarding.stop();
});

test('an event whose time is over in from is not moved', async () => {
  const { from, to, runtime, events, arrived } = openPair();
  await events.publish('orders', 1, null, { ttlMs: 500 });
  const forwarding = forward({ from, to, channel: 'orders', observer: () => undefined });
  forwarding.pause();
  await runtime.advance(1_000);
  forwarding.resume();
  await runtime.advance(2_000);
  expect(await arrived()).toEqual([]);
  expect(await events.deadLetters('orders')).toMatchObject([{ reason: 'expired' }]);
  await forwarding.stop();
});
