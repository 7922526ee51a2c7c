// Covers src/platform/locks.ts, src/platform/open-wire.ts, src/backends/indexeddb/indexeddb-backend.ts, src/backends/broadcast/broadcast-backend.ts, src/backends/broadcast/wire/missing-error.ts
import { EventChannel } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { indexedDbBackend, memoryFallback } from 'ackline/indexeddb';
import { recordingObserver } from 'ackline/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

/** Globals that a server or a plain test environment may lack. */
const PLATFORM = ['indexedDB', 'BroadcastChannel', 'structuredClone', 'navigator'];

beforeEach(() => {
  for (const name of PLATFORM) vi.stubGlobal(name, undefined);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('without IndexedDB', () => {
  const message =
    'this context has no IndexedDB (a server, or a test environment): give fallback: memoryFallback, or load fake-indexeddb in tests';

  test('a backend can be made, and each call names the missing part and what to do', async () => {
    const backend = indexedDbBackend({ database: 'shop' });
    for (const call of [
      () => backend.publish('orders', 1),
      () => backend.dequeue('orders', 0),
      () => backend.stats?.('orders'),
    ])
      await expect(call()).rejects.toMatchObject({
        name: 'AcklineError',
        code: 'storage',
        message,
      });
    expect(backend.status()).toMatchObject({ state: 'failed', reason: { message } });
    await backend.shutdown();
  });

  test('a listener reports the error to the observer, and stops', async () => {
    const observer = recordingObserver();
    const backend = indexedDbBackend({ database: 'shop' });
    const events = new EventChannel({ backend, observer });
    const listener = events.listen('orders', () => undefined);
    // The listener tries again, so that there may be more.
    await expect.poll(() => observer.of('fault')[0]).toMatchObject({ error: { message } });
    await listener.stop();
    await events.shutdown();
  });

  test('fallback memory: works', async () => {
    const observer = recordingObserver();
    const backend = indexedDbBackend({ database: 'shop', fallback: memoryFallback });
    const events = new EventChannel({ backend, observer });
    const seen: unknown[] = [];
    events.listen('orders', ({ payload }) => seen.push(payload));
    await events.publish('orders', { list: [1] });
    await events.drain();
    expect(seen).toEqual([{ list: [1] }]);
    expect(observer.of('storage-fallback')).toMatchObject([{ error: { message } }]);
    expect(backend.status()).toMatchObject({ storage: 'memory', leaseMode: 'available' });
    await events.shutdown();
  });

  test('the option indexedDB must be a factory', () => {
    for (const indexedDB of [null, {}, 5] as never[])
      expect(() => indexedDbBackend({ database: 'shop', indexedDB })).toThrow('an IDBFactory');
  });
});

describe('without BroadcastChannel', () => {
  const refusal = {
    name: 'AcklineError',
    code: 'unsupported',
    message: expect.stringMatching(/^this context has no BroadcastChannel .*memoryBackend\(\)/),
  };

  test('a backend can be made, and each call names the missing part and what to do', async () => {
    const backend = broadcastBackend({ name: 'shop' });
    const draft = { channel: 'news', payload: 1 };
    for (const call of [
      () => backend.publish('news', 1),
      () => backend.publish('news', 1, null, { confirm: 0 } as never),
      () => backend.publishMany?.([draft]),
      () => backend.publishConfirmed(draft),
      () => backend.request(draft),
      () => backend.dequeue('news', 0),
      () => backend.stats?.('news'),
      () => backend.ack('some-id'),
      () => backend.members('news'),
      async () => backend.watchMembers('news', () => undefined),
    ])
      await expect(call()).rejects.toMatchObject(refusal);
    await backend.shutdown();
    await expect(backend.publish('news', 1)).rejects.toMatchObject({ code: 'closed' });
  });

  test('a listener can be made, reports the error to the observer, and stops', async () => {
    const observer = recordingObserver();
    const events = new EventChannel({ backend: broadcastBackend({ name: 'shop' }), observer });
    const listener = events.listen('news', () => undefined);
    // The listener tries again, so that there may be more.
    await expect.poll(() => observer.of('fault')[0]).toMatchObject({ error: refusal });
    await listener.stop();
    await events.shutdown();
  });
});
