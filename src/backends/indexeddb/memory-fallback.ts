import type { AcklineError } from '../../core/reports/errors.ts';
import type { ObserverEvent } from '../../core/reports/observer.ts';
import type { Runtime } from '../../core/runtime/runtime.ts';
import type { EventStore } from '../../queue/event-store.ts';
import type { Notifier } from '../../queue/notifier.ts';
import type { StatusBoard } from '../../queue/status-board.ts';
import { MemoryStore } from '../memory/memory-store.ts';
import type { BackendStatus } from './database/backend-status.ts';
import { FallbackStore } from './fallback-store.ts';

export interface FallbackParts {
  /** The store that is used unless the context cannot store anything. */
  readonly preferred: EventStore & { report(event: ObserverEvent): void };
  /** `stamp` rejects with `storage` in such a context. */
  readonly connection: { stamp(): Promise<unknown> };
  readonly board: StatusBoard<BackendStatus>;
  readonly notifier: Notifier;
  readonly runtime: Runtime;
  readonly maxDeadLetters: number;
}

/** A value of the option `fallback`: {@link memoryFallback}. */
export type StorageFallback = (parts: FallbackParts) => EventStore;

/**
 * For the option `fallback` of `indexedDbBackend`: a context that cannot store anything keeps its events in memory. It is a value
 * and not a name, so that pages without it do not load the store in memory, which is about 5 kB.
 *
 * @example
 * const backend = indexedDbBackend({ database: 'shop', fallback: memoryFallback });
 */
export function memoryFallback({
  preferred,
  connection,
  board,
  notifier,
  runtime,
  maxDeadLetters,
}: FallbackParts): EventStore {
  const spare = new MemoryStore(runtime, maxDeadLetters, 'clone', notifier);
  const onSpare = (reason: AcklineError) => {
    board.post({ state: 'open', storage: 'memory', reason });
    preferred.report({ type: 'storage-fallback', error: reason });
  };
  return new FallbackStore(preferred, spare, () => connection.stamp(), onSpare);
}
