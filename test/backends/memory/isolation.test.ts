// Covers src/queue/isolation.ts, src/queue/event-shapes.ts
import { describe, expect, test } from 'vitest';
import {
  type AcklineErrorCode,
  type MemoryStoreOptions,
  memoryBackend,
  memoryStore,
  syncMemoryBackend,
} from '../../../src/index.ts';
import { faultyStore } from '../../../src/testing/faulty-store.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';

function open(isolation?: MemoryStoreOptions['isolation']) {
  const runtime = new ManualRuntime();
  return syncMemoryBackend({ runtime, ...(isolation && { isolation }) });
}

/** Publishes `payload` with metadata, and dequeues the event twice. */
function deliverTwice(isolation: MemoryStoreOptions['isolation'], payload: object) {
  const backend = open(isolation);
  const metadata = { by: ['me'] };
  backend.publish('a', payload, metadata);
  const first = backend.dequeue('a', 0);
  backend.nack(first?.eventId ?? '', first?.lease, { delayMs: 0 });
  return { metadata, first, second: backend.dequeue('a', 0) };
}

describe('clone', () => {
  test.each([undefined, 'clone'] as const)('each delivery has its own copy (%s)', (given) => {
    const payload = { list: [1] };
    const { first, second } = deliverTwice(given, payload);
    expect(first?.payload).toEqual(payload);
    expect(first?.payload).not.toBe(payload);
    payload.list.push(2);
    expect(second?.payload).toEqual({ list: [1] });
    expect(second?.payload).not.toBe(first?.payload);
    expect(second?.metadata).not.toBe(first?.metadata);
  });
});

describe('none', () => {
  test('each delivery has the published object, also the metadata', () => {
    const payload = { list: [1] };
    const { metadata, first, second } = deliverTwice('none', payload);
    for (const message of [first, second]) {
      expect(message?.payload).toBe(payload);
      expect(message?.metadata).toBe(metadata);
    }
    expect(Object.isFrozen(payload)).toBe(false);
  });

  test('a value that cannot be cloned is accepted, and getters do not run', () => {
    const payload = {
      run: () => 1,
      get never(): unknown {
        throw new Error('was read');
      },
    };
    expect(deliverTwice('none', payload).second?.payload).toBe(payload);
  });

  test('an event of any size is accepted', () => {
    const backend = open('none');
    backend.publish('a', 'x'.repeat(100), null, { maxEventBytes: 1 });
    expect(backend.stats?.('a').ready).toBe(1);
  });

  test('a dead letter has the published object', () => {
    const backend = open('none');
    const payload = { list: [1] };
    const eventId = backend.publish('a', payload);
    backend.reject?.(eventId, backend.dequeue('a', 0)?.lease);
    const letter = backend.deadLetters?.('a', 1)[0];
    expect(letter?.payload).toBe(payload);
    expect(backend.deadLetters?.('a', 1)[0]).not.toBe(letter);
  });
});

describe('freeze', () => {
  test('a change of payload or metadata throws a TypeError, at any depth', () => {
    const payload = { list: [{ deep: 1 }] };
    const { metadata, first, second } = deliverTwice('freeze', payload);
    expect(second?.payload).toBe(payload);
    expect(() => payload.list.push({ deep: 2 })).toThrow(TypeError);
    expect(() => metadata.by.push('you')).toThrow(TypeError);
    const [received] = (first?.payload as typeof payload | undefined)?.list ?? [];
    expect(received).toBe(payload.list[0]);
    expect(() => Object.assign(received ?? {}, { deep: 2 })).toThrow(TypeError);
  });

  test('parts of frozen objects are frozen too, and cycles end', () => {
    const payload = Object.freeze({ inner: { list: [1], up: null as unknown } });
    payload.inner.up = payload;
    deliverTwice('freeze', payload);
    expect(Object.isFrozen(payload.inner.list)).toBe(true);
  });

  test('buffers are not frozen', () => {
    const payload = { bytes: new Uint8Array(2) };
    expect(deliverTwice('freeze', payload).first?.payload).toBe(payload);
    expect(Object.isFrozen(payload.bytes)).toBe(false);
  });

  test.each<[AcklineErrorCode, unknown]>([
    ['not-cloneable', { run: () => 1 }],
    ['too-large', 'x'.repeat(1_000_000)],
  ])('the same values are refused as with clone: %s', (code, payload) => {
    for (const isolation of ['clone', 'freeze'] as const)
      expect(() => open(isolation).publish('a', payload)).toThrow(
        expect.objectContaining({ code }),
      );
  });
});

test('isolation: backends of one store use that of the store, also behind faults', async () => {
  const store = memoryStore({ isolation: 'none' });
  const payload = {};
  await memoryBackend({ store: faultyStore(store, []) }).publish('a', payload);
  expect(syncMemoryBackend({ store }).dequeue('a', 0)?.payload).toBe(payload);
});

test('isolation: an unknown value is refused, and so is the option beside a store', () => {
  expect(() => memoryBackend({ isolation: 'deep' as never })).toThrow(
    new TypeError("isolation must be 'clone' or 'none' or 'freeze', got \"deep\""),
  );
  expect(() => syncMemoryBackend({ store: memoryStore(), isolation: 'none' })).toThrow(
    new TypeError('isolation must be left out where a store is given, got "none"'),
  );
});
