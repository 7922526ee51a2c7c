import { expect, test } from 'vitest';
import {
  type AsyncEventBackend,
  EventChannel,
  isAsyncEventBackend,
  isSyncEventBackend,
  memoryBackend,
  SyncEventChannel,
  syncMemoryBackend,
} from '../../src/index.ts';
import { bareBackend, bareSyncBackend } from '../support/bare-backend.ts';

test('a five-method object literal is a backend that a channel can use', async () => {
  const stored: unknown[] = [];
  const literal: AsyncEventBackend = {
    backendName: 'literal',
    supportsAsync: true,
    publish: async (_channel, payload) => `event-${stored.push(payload)}`,
    dequeue: async () => null,
    ack: async () => 'gone',
    nack: async () => 'gone',
    shutdown: async () => {},
  };
  expect(isAsyncEventBackend(literal)).toBe(true);
  const events = new EventChannel({ backend: literal });
  expect(await events.publish('orders', { total: 9 })).toBe('event-1');
  expect(stored).toEqual([{ total: 9 }]);
  await events.shutdown();
});

test('isAsyncEventBackend, isSyncEventBackend: accept what has the shape, each its own', () => {
  expect([memoryBackend(), bareBackend()].map(isAsyncEventBackend)).toEqual([true, true]);
  expect([syncMemoryBackend(), bareSyncBackend()].map(isSyncEventBackend)).toEqual([true, true]);
  expect([syncMemoryBackend(), bareSyncBackend()].some(isAsyncEventBackend)).toBe(false);
  expect([memoryBackend(), bareBackend()].some(isSyncEventBackend)).toBe(false);
});

test('isAsyncEventBackend: refuses what lacks a verb or a constant', () => {
  for (const part of [
    'publish',
    'dequeue',
    'ack',
    'nack',
    'shutdown',
    'backendName',
    'supportsAsync',
  ])
    for (const value of [undefined, 1])
      expect(isAsyncEventBackend({ ...bareBackend(), [part]: value }), part).toBe(false);
});

test('isAsyncEventBackend, isSyncEventBackend: refuse what is no object', () => {
  for (const value of [null, undefined, 'backend', 5, () => {}, Symbol('b')])
    expect([isAsyncEventBackend(value), isSyncEventBackend(value)]).toEqual([false, false]);
});

test('channels: refuse a backend of the other protocol, naming option and expectation', () => {
  expect(() => new EventChannel({ backend: bareSyncBackend() as never })).toThrow(
    new TypeError('backend must be an AsyncEventBackend, got an object'),
  );
  expect(() => new SyncEventChannel({ backend: bareBackend() as never })).toThrow(
    new TypeError('backend must be a SyncEventBackend, got an object'),
  );
});
