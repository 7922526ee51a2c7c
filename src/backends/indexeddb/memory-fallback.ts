import type { AcklineError } from '../../core/errors.ts';
import type { Runtime } from '../../core/runtime.ts';
import type { EventStore } from '../../queue/event-store.ts';
import type { Notifier } from '../../queue/notifier.ts';
import { MemoryStore } from '../memory/memory-store.ts';
import { FallbackStore } from './fallback-store.ts';

export interface FallbackParts {
  /** The store that is used unless the context cannot store anything. */
  readonly preferred: EventStore;
  /** Rejects with `storage` in such a context. */
  readonly probe: () => Promise<unknown>;
  readonly onSpare: (reason: AcklineError) => void;
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
  probe,
  onSpare,
  notifier,
  runtime,
  maxDeadLetters,
}: FallbackParts): EventStore {
  const spare = new MemoryStore(runtime, maxDeadLetters, 'clone', notifier);
  return new FallbackStore(preferred, spare, probe, onSpare);
}
