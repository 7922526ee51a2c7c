import { expect, test } from 'vitest';
import {
  type AsyncEventBackend,
  EventChannel,
  isAsyncEventBackend,
  isSyncEventBackend,
  memoryBackend,
  SyncEventChannel,
  syncMemoryBackend,
} from '../../../src/index.ts';
import { bareBackend, bareSyncBackend } from '../../support/bare-backend.ts';

test('channel: an object literal with five methods works as a backend', async () => {
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

test('isAsyncEventBackend, isSyncEventBackend: an object of the right shape is accepted by one of them', () => {
  expect([memoryBackend(), bareBackend()].map(isAsyncEventBackend)).toEqual([true, true]);
  expect([syncMemoryBackend(), bareSyncBackend()].map(isSyncEventBackend)).toEqual([true, true]);
  expect([syncMemoryBackend(), bareSyncBackend()].some(isAsyncEventBackend)).toBe(false);
  expect([memoryBackend(), bareBackend()].some(isSyncEventBackend)).toBe(false);
});

test('isAsyncEventBackend: an object that lacks a verb or a constant is refused', () => {
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

test('isAsyncEventBackend, isSyncEventBackend: a value that is no object is refused', () => {
  for (const value of [null, undefined, 'backend', 5, () => {}, Symbol('b')])
    expect([isAsyncEventBackend(value), isSyncEventBackend(value)]).toEqual([false, false]);
});

test('channels: a backend of the other protocol is refused, naming option and expectation', () => {
  expect(() => new EventChannel({ backend: bareSyncBackend() as never })).toThrow(
    new TypeError(
      'backend must be an asynchronous backend, such as memoryBackend(), got an object',
    ),
  );
  expect(() => new SyncEventChannel({ backend: bareBackend() as never })).toThrow(
    new TypeError(
      'backend must be a synchronous backend, such as syncMemoryBackend(), got an object',
    ),
  );
});
