import { browse } from 'ackline/inspection';
import { expect, test } from 'vitest';
import {
  EventChannel,
  memoryBackend,
  memoryPartitions,
  SyncEventChannel,
  syncMemoryBackend,
} from '../../../src/index.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';

const purged = expect.objectContaining({
  code: 'closed',
  cause: expect.objectContaining({ code: 'destroyed' }) as Error,
}) as Error;

test('purge: ends listeners with the reason, and aborts the signals of handlers that run', async () => {
  const runtime = new ManualRuntime();
  const partitions = memoryPartitions({ runtime });
  const backend = memoryBackend({ store: partitions.store('ada') });
  const events = new EventChannel({ backend, observer() {} });
  const idle = events.listen('idle', () => {});
  let isAborted = false;
  const busy = events.listen('busy', ({ signal }) => {
    partitions.purge('ada');
    isAborted = signal.aborted;
  });
  await events.publish('busy', 1);
  await Promise.all([idle.closed, busy.closed]);
  expect(isAborted).toBe(true);
  expect([idle.closeReason, busy.closeReason]).toEqual([purged, purged]);
  await expect(events.publish('busy', 2)).rejects.toEqual(purged);
  await expect(browse(events, 'busy', { state: 'ready' })).rejects.toEqual(purged);
  await events.shutdown();
  expect(runtime.pendingTimers).toBe(0);
});

test('purge: a synchronous channel throws, and a later store of the name is empty', () => {
  const partitions = memoryPartitions();
  const events = new SyncEventChannel({
    backend: syncMemoryBackend({ store: partitions.store('ada') }),
    autoDrain: false,
  });
  events.publish('a', 1);
  events.dequeue('a');
  expect(partitions.names()).toEqual(['ada']);
  partitions.purge('ada');
  expect(partitions.names()).toEqual([]);
  expect(() => events.publish('a', 2)).toThrow(purged);
  expect(() => events.dequeue('a')).toThrow(purged);
  events.shutdown();
  const store = partitions.store('ada');
  expect(partitions.store('ada')).toBe(store);
  expect(store.stats('a')).toEqual({ ready: 0, leased: 0, scheduled: 0, dead: 0 });
});

test('names and options are checked', () => {
  const partitions = memoryPartitions();
  expect(() => partitions.store('')).toThrow('partition must be a string of 1 to 200 characters');
  expect(() => partitions.purge(1 as unknown as string)).toThrow('partition must be a string');
  expect(() => memoryPartitions({ maxDeadLetters: 0 })).toThrow('maxDeadLetters must be');
});
