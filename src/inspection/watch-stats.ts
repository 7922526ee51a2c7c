import { checkChannelName } from '../core/channel-name.ts';
import { refuse } from '../core/options.ts';
import type { Stop } from '../core/runtime.ts';
import type { ChannelOf } from '../core/schema.ts';
import { requireCapability } from '../core/settler.ts';
import { systemRuntime } from '../core/system-runtime.ts';
import { type Inspectable, inspectedBackend, type SchemaOf } from './inspectable.ts';
import { sourceOf } from './source-of.ts';
import { type StatsSnapshot, StatsWatch } from './stats-watch.ts';

/** A store of live counts that any framework can read. Its methods may be passed on without the store. */
export interface StatsStore {
  /** The present snapshot: the same object until a count changes. */
  readonly getSnapshot: () => StatsSnapshot;
  /**
   * Calls `listener` with the snapshot, now and at each change, until the returned function is called. Errors that it throws are
   * dropped.
   */
  readonly subscribe: (listener: (snapshot: StatsSnapshot) => void) => Stop;
}

/**
 * Watches the counts of a channel. While the store has a listener, it reads the counts after changes of any context, at most
 * twice a second, and less often where a read takes long. It reads nothing while nothing changes, and nothing without a
 * listener: the snapshot is then the last one. When the backend is shut down, `isEnded` becomes true. A read that fails is
 * tried again. Other contexts report changes by messages: without BroadcastChannel their claims and settlements are noticed at
 * the next change of this context.
 *
 * Fits `useSyncExternalStore` of React, and is a store of Svelte. Errors: `TypeError`; `unsupported` without the capability
 * `watchStats`.
 *
 * @example
 * const waiting = watchStats(events, 'order.placed');
 * const stop = waiting.subscribe(({ stats }) => showBadge(stats?.ready));
 */
export function watchStats<Target extends Inspectable>(
  target: Target,
  channel: ChannelOf<SchemaOf<Target>>,
): StatsStore {
  const backend = inspectedBackend(target);
  checkChannelName(channel);
  requireCapability(backend, 'watchStats');
  const { runtime = systemRuntime } = backend;
  const listeners = new Set<{ readonly call: (snapshot: StatsSnapshot) => void }>();
  let snapshot: StatsSnapshot = { stats: undefined, isEnded: false };
  let watch: StatsWatch | undefined;
  const onSnapshot = (next: StatsSnapshot) => {
    snapshot = next;
    for (const { call } of [...listeners]) callSafely(call, next);
  };
  const parts = { channel, runtime, open: () => sourceOf(backend), onSnapshot };
  return {
    getSnapshot: () => snapshot,
    subscribe: (call) => {
      if (typeof call !== 'function') refuse('listener', 'a function', call);
      const listener = { call };
      listeners.add(listener);
      if (!snapshot.isEnded) watch ??= new StatsWatch({ ...parts, before: snapshot });
      callSafely(call, snapshot);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        watch?.stop();
        watch = undefined;
      };
    },
  };
}

/** A listener must not end the watch, nor keep others from being called. */
function callSafely(call: (snapshot: StatsSnapshot) => void, snapshot: StatsSnapshot): void {
  try {
    call(snapshot);
  } catch {
    // Documented: its errors are dropped.
  }
}
