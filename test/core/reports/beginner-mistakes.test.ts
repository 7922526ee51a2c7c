// Covers src/core/reports/closed-error.ts
// The table at the end of docs/frameworks.md quotes these messages.
import { EventChannel, memoryBackend, SyncEventChannel, syncMemoryBackend } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { indexedDbBackend } from 'ackline/indexeddb';
import { httpSender } from 'ackline/outbox';
import { withSchemas } from 'ackline/schema';
import { useListener, useStatus } from 'ackline/vue';
import { expect, onTestFinished, test, vi } from 'vitest';
import { effectScope } from 'vue';

function open(backend: unknown = memoryBackend()): EventChannel {
  return new EventChannel({ backend, observer() {} } as never);
}

test('a backend that is missing, not called, or of the other kind: the error names one that fits', () => {
  const advice = 'backend must be an asynchronous backend, such as memoryBackend(), got';
  expect(() => new EventChannel({} as never)).toThrow(`${advice} undefined`);
  expect(() => open(memoryBackend)).toThrow(`${advice} a function`);
  expect(() => open(syncMemoryBackend())).toThrow(`${advice} an object`);
  expect(() => open(Promise.resolve(memoryBackend()))).toThrow(`${advice} an object`);
  expect(() => new SyncEventChannel({ backend: memoryBackend() as never })).toThrow(
    'backend must be a synchronous backend, such as syncMemoryBackend(), got an object',
  );
});

test('what belongs into options, given in their place: the error names the option', () => {
  const expected = 'options must be an object with backend, got';
  expect(() => new EventChannel(undefined as never)).toThrow(`${expected} undefined`);
  expect(() => new EventChannel(memoryBackend() as never)).toThrow(`${expected} an object`);
  expect(() => new SyncEventChannel(syncMemoryBackend() as never)).toThrow(`${expected} an object`);
  const makers = [
    [indexedDbBackend, 'database'],
    [broadcastBackend, 'name'],
    [httpSender, 'url'],
  ] as const;
  for (const [make, option] of makers) {
    const text = `options must be an object with ${option}, got`;
    expect(() => make('shop' as never)).toThrow(`${text} "shop"`);
    expect(() => make(undefined as never)).toThrow(`${text} undefined`);
  }
});

test('stopListener without a channel, or with a listener: refused, and nothing is stopped', async () => {
  const events = open();
  const sync = new SyncEventChannel({ backend: syncMemoryBackend() });
  const listener = events.listen('orders', () => {});
  const syncListener = sync.listen('orders', () => {});
  for (const channel of [listener, undefined] as never[]) {
    await expect(events.stopListener(channel)).rejects.toThrow('channel must match');
    expect(() => sync.stopListener(channel)).toThrow('channel must match');
  }
  expect([listener.status, syncListener.status]).toEqual(['running', 'running']);
  await events.shutdown();
  sync.shutdown();
});

test('after a shutdown: the error says to make a new channel, or a new backend', async () => {
  const backends = [
    memoryBackend(),
    indexedDbBackend({ database: 'mistakes' }),
    broadcastBackend({ name: 'mistakes' }),
  ];
  for (const backend of backends) {
    const events = open(backend);
    await events.shutdown();
    const closed = { code: 'closed', message: 'the channel was shut down: make a new one' };
    await expect(events.publish('orders', 1)).rejects.toMatchObject(closed);
    expect(() => events.listen('orders', () => {})).toThrow(expect.objectContaining(closed));
    await expect(open(backend).publish('orders', 1)).rejects.toThrow(
      `the ${backend.backendName} backend was shut down: make a new one`,
    );
  }
});

test('a payload that no backend can store: the error names the path and what to do', async () => {
  const events = open();
  const button = { label: 'buy', onClick() {} };
  await expect(events.publish('orders', { button })).rejects.toThrow(
    'at payload.button.onClick: functions and symbols are no data: leave it out',
  );
  await expect(events.publish('orders', { order: Promise.resolve(1) })).rejects.toThrow(
    /at payload.order: .*what a promise resolves with/,
  );
  await expect(events.publish('orders', 1, { delayMs: 5 } as never)).rejects.toThrow(
    'use publish(channel, payload, null, { delayMs })',
  );
});

test('a batch whose parts have other names, or options beside `options`: nothing is stored', async () => {
  const events = open();
  const good = { channel: 'orders', payload: 1 };
  const batch = (wrong: object) => events.publishMany([good, wrong as never]);
  await expect(batch({ channel: 'orders', data: 1 })).rejects.toThrow(
    'data must be in payload or options, got 1',
  );
  await expect(batch({ ...good, delayMs: 5 })).rejects.toThrow(
    'delayMs must be in payload or options, got 5',
  );
  expect((await events.stats('orders')).ready).toBe(0);
});

test('IndexedDB: a feature by its name, and a verb whose feature was not named', async () => {
  const named = { database: 'features', features: ['groups'] as never };
  expect(() => indexedDbBackend(named)).toThrow(
    'each of features must be a feature of ackline/indexeddb, such as groupsFeature, got "groups"',
  );
  const events = open(indexedDbBackend({ database: 'features' }));
  await expect(events.redrive('orders')).rejects.toThrow('without redriveFeature in its features');
});

test('a value that is no schema: the error names the channel', () => {
  const rules = { orders: { type: 'object' } } as never;
  expect(() => withSchemas(memoryBackend(), rules)).toThrow(
    "the schema of orders must be a Standard Schema (an object with '~standard'), got an object",
  );
});

test('IndexedDB where there is none: the error names the fallback', async () => {
  vi.stubGlobal('indexedDB', undefined);
  onTestFinished(() => void vi.unstubAllGlobals());
  await expect(open(indexedDbBackend({ database: 'none' })).publish('orders', 1)).rejects.toThrow(
    'give fallback: memoryFallback, or load fake-indexeddb in tests',
  );
});

test('a composable outside of setup, and a status that a backend does not have', () => {
  const events = open();
  expect(() => useListener(events, 'orders', () => {})).toThrow(
    'useListener must be called in setup(), before its first await',
  );
  const warn = vi.spyOn(console, 'warn').mockReturnValue();
  onTestFinished(() => warn.mockRestore());
  expect(() => effectScope().run(() => useStatus(events))).toThrow(
    'the argument of useStatus must be an IndexedDB backend or a channel over one, got an object',
  );
});
