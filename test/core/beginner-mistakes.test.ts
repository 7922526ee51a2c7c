// Covers src/core/closed-error.ts
// The table at the end of docs/frameworks.md quotes these messages.
import { EventChannel, memoryBackend, SyncEventChannel, syncMemoryBackend } from 'ackline';
import { broadcastBackend } from 'ackline/broadcast';
import { indexedDbBackend } from 'ackline/indexeddb';
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
