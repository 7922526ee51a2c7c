// Covers src/core/sync-event-channel.ts
import { expect, test } from 'vitest';
import { SyncEventChannel, syncMemoryBackend } from '../../src/index.ts';
import { bareSyncBackend } from '../support/bare-backend.ts';

test('SyncEventChannel.retryNow: a backend that cannot do it is refused by name', () => {
  const events = new SyncEventChannel({ backend: bareSyncBackend() });
  expect(() => events.retryNow('a')).toThrow(expect.objectContaining({ code: 'unsupported' }));
});

test('SyncEventChannel.retryNow: a wrong channel name and a channel that was shut down are refused', () => {
  const events = new SyncEventChannel<Record<string, unknown>>({ backend: syncMemoryBackend() });
  expect(() => events.retryNow('no name')).toThrow(TypeError);
  events.shutdown();
  expect(() => events.retryNow('a')).toThrow(expect.objectContaining({ code: 'closed' }));
});
