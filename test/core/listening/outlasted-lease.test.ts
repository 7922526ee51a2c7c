// Covers src/core/listening/run-handler.ts, src/core/protocols/claim-fitting.ts
import { withCodec } from 'ackline/codec';
import { expect, test } from 'vitest';
import { decoratedBackend } from '../../../src/core/protocols/decorated-backend.ts';
import {
  type AsyncEventBackend,
  type Delivery,
  EventChannel,
  type EventMessage,
  memoryBackend,
  memoryStore,
} from '../../../src/index.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';
import { recordingObserver } from '../../../src/testing/recording-observer.ts';
import { deferred } from '../../support/deferred.ts';

const LEASE_MS = 1_000;
const HOUR_MS = 3_600_000;

/** Two contexts over one store. What the first one has claimed reaches it when `gate` resolves, as in a process that was stopped. */
function open(overrides: (backend: AsyncEventBackend) => Partial<AsyncEventBackend> = () => ({})) {
  const runtime = new ManualRuntime();
  const store = memoryStore({ runtime });
  const gate = deferred();
  const backend = memoryBackend({ store });
  const slow: Partial<AsyncEventBackend> = {
    async dequeueMany(...given) {
      const messages = (await backend.dequeueMany?.(...given)) ?? [];
      if (messages.length > 0) await gate.promise;
      return messages;
    },
    ...overrides(backend),
  };
  const stopped = decoratedBackend(backend, slow) as AsyncEventBackend;
  const observer = recordingObserver();
  const settings = { leaseMs: LEASE_MS, pollIntervalMs: HOUR_MS };
  const events = new EventChannel({ backend: stopped, observer, ...settings });
  return { runtime, gate, events, observer, other: memoryBackend({ store }) };
}

/** A listener that is stopped from its claim until after the end of its lease, and what another context does meanwhile. */
async function listenStopped(
  { runtime, gate, events }: ReturnType<typeof open>,
  meanwhile: () => Promise<unknown> = async () => undefined,
): Promise<Delivery[]> {
  const deliveries: Delivery[] = [];
  events.listen('orders', (delivery) => deliveries.push(delivery));
  await events.publish('orders', 1);
  await runtime.advance(LEASE_MS);
  await meanwhile();
  gate.resolve();
  await runtime.settle();
  return deliveries;
}

test('a listener that was stopped until after its lease does not get what another context has acknowledged', async () => {
  const opened = open();
  const { other, observer } = opened;
  const deliveries = await listenStopped(opened, async () => {
    const message = await other.dequeue('orders', 0);
    expect(await other.ack(String(message?.eventId), message?.lease)).toBe('ok');
  });
  expect(deliveries).toEqual([]);
  expect(observer.of('handler-error')).toEqual([]);
});

test('a listener whose lease was not taken over gets the event under a lease that counts from now', async () => {
  const opened = open((backend) => ({
    // The backend keeps the event for its holder, although the lease is over by the clock.
    extend: async () => 'ok',
    ack: async (eventId) => (await backend.ack(eventId)) && 'ok',
  }));
  const deliveries = await listenStopped(opened);
  expect(deliveries.map(({ payload }) => payload)).toEqual([1]);
});

test('an extension that fails starts no handler, is reported, and the next attempt follows', async () => {
  const error = new Error('the disk is gone');
  const opened = open(() => ({
    extend: async () => {
      throw error;
    },
  }));
  const deliveries = await listenStopped(opened);
  expect(opened.observer.of('fault')).toMatchObject([{ during: 'extend', error }]);
  // The event is claimed again, because its lease is over.
  expect(deliveries.map(({ attempts }) => attempts)).toEqual([2]);
});

test('a decoder that outlasts the lease delivers nothing that another context has acknowledged', async () => {
  const runtime = new ManualRuntime();
  const store = memoryStore({ runtime });
  const gate = deferred();
  const codec = { encode: JSON.stringify, decode: (stored: unknown) => JSON.parse(String(stored)) };
  const slow = withCodec(memoryBackend({ store }), {
    ...codec,
    decode: async (stored) => {
      await gate.promise;
      return codec.decode(stored);
    },
  });
  const other = withCodec(memoryBackend({ store }), codec);
  await other.publish('orders', 1);
  const dequeuing = slow.dequeue('orders', 0, { leaseMs: LEASE_MS });
  await runtime.settle();
  await runtime.advance(LEASE_MS);
  const message = await other.dequeue('orders', 0);
  expect(await other.ack(String(message?.eventId), message?.lease)).toBe('ok');
  gate.resolve();
  expect(await dequeuing).toBeNull();
});

test('a decoder that outlasts the lease delivers under an extended lease what is still held', async () => {
  const runtime = new ManualRuntime();
  const backend = memoryBackend({ runtime });
  const held = decoratedBackend(backend, { extend: async () => 'ok' }) as AsyncEventBackend;
  const slow = withCodec(held, {
    encode: JSON.stringify,
    decode: async (stored) => {
      await runtime.advance(LEASE_MS);
      return JSON.parse(String(stored));
    },
  });
  await slow.publish('orders', 1);
  const message = await slow.dequeue('orders', 0, { leaseMs: LEASE_MS });
  expect(message).toMatchObject({ payload: 1, leaseExpiresAt: runtime.now() + LEASE_MS });
});

/** A consumer whose decoder takes `decodeMs` for the first event, and what a claim of two events then gets. */
async function dequeueSlowly(decodeMs: number, extend: 'ok' | 'stale') {
  const runtime = new ManualRuntime();
  const backend = memoryBackend({ runtime });
  const held = decoratedBackend(backend, { extend: async () => extend }) as AsyncEventBackend;
  const slow = withCodec(held, {
    encode: JSON.stringify,
    decode: async (stored) => {
      if (stored === '1') await runtime.advance(decodeMs);
      return JSON.parse(String(stored));
    },
  });
  await slow.publish('orders', 1, null, { ttlMs: 300 });
  await slow.publish('orders', 2);
  const messages = (await slow.dequeueMany?.('orders', 2, 0, { leaseMs: LEASE_MS })) ?? [];
  return { runtime, backend, payloads: messages.map(({ payload }) => payload) };
}

test('a decoder that outlasts the time to live of an event delivers the others, and the event becomes a dead letter', async () => {
  expect((await dequeueSlowly(299, 'ok')).payloads).toEqual([1, 2]);
  const { backend, payloads } = await dequeueSlowly(300, 'ok');
  expect(payloads).toEqual([2]);
  expect(await backend.dequeue('orders', 0)).toBeNull();
  const letters = await backend.deadLetters?.('orders', 10);
  expect(letters).toMatchObject([{ payload: '1', reason: 'expired', attempts: 0 }]);
});

test('a decoder that outlasts lease and time to live delivers nothing although the lease is extended', async () => {
  const { payloads } = await dequeueSlowly(LEASE_MS, 'ok');
  expect(payloads).toEqual([2]);
});

/** What a consumer gets whose decoder takes 200 ms for an event that lives 300 ms, where the store changes the times of the message. */
async function dequeueShifted(shift: (message: EventMessage) => Partial<EventMessage>) {
  const runtime = new ManualRuntime();
  const backend = memoryBackend({ runtime });
  let claims = 0;
  const claiming: Partial<AsyncEventBackend> = {
    async dequeueMany(...given) {
      claims += 1;
      if (claims > 1) throw new Error('the event was nacked');
      const messages = (await backend.dequeueMany?.(...given)) ?? [];
      return messages.map((message) => ({ ...message, ...shift(message) }));
    },
    extend: async () => 'ok',
  };
  const shifted = decoratedBackend(backend, claiming) as AsyncEventBackend;
  const events = withCodec(shifted, {
    encode: JSON.stringify,
    decode: async (stored) => {
      await runtime.advance(200);
      return JSON.parse(String(stored));
    },
  });
  await events.publish('orders', 1, null, { ttlMs: 300 });
  const messages = await events.dequeueMany?.('orders', 1, 0, { leaseMs: LEASE_MS });
  return messages?.map(({ payload }) => payload);
}

test('a device whose clock is ahead of the clock that gives leases gets its events', async () => {
  const payloads = await dequeueShifted(({ createdAt, leaseExpiresAt }) => ({
    ...{ createdAt: createdAt - 250, leaseExpiresAt: leaseExpiresAt - 250 },
  }));
  expect(payloads).toEqual([1]);
});

test('a backend that gives longer leases than it was asked for ends no time to live early', async () => {
  const payloads = await dequeueShifted(({ leaseExpiresAt }) => ({
    leaseExpiresAt: leaseExpiresAt + 250,
  }));
  expect(payloads).toEqual([1]);
});

test('a message that has no time left by the clock of the device is not nacked again and again', async () => {
  const payloads = await dequeueShifted(({ createdAt }) => ({ createdAt: createdAt - HOUR_MS }));
  expect(payloads).toEqual([1]);
});
