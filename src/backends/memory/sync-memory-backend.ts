import type { SyncEventBackend } from '../../core/protocols/protocols.ts';
import { SyncQueueBackend } from '../../queue/sync-queue-backend.ts';
import { type MemoryBackendOptions, storeFor } from './memory-backend.ts';
import type { MemoryStore } from './memory-store.ts';

/**
 * {@link memoryBackend} without promises. `dequeue` answers at once and ignores its poll interval.
 *
 * @example
 * const events = new SyncEventChannel<{ greeting: string }>({ backend: syncMemoryBackend() });
 */
export function syncMemoryBackend(
  options: MemoryBackendOptions<MemoryStore> = {},
): SyncEventBackend {
  const store = storeFor(options);
  const { notifier, runtime, isolation } = store;
  const backendName = 'memory (synchronous)';
  return new SyncQueueBackend({ backendName, store, notifier, runtime, isolation });
}
