import { requireCapability } from '../core/delivery/settler.ts';
import { refuse } from '../core/options/options.ts';
import type { GroupOptions } from '../core/options/queue-name.ts';
import type { Capability } from '../core/protocols/capability.ts';
import type { Stop } from '../core/runtime/runtime.ts';
import { systemRuntime } from '../core/runtime/system-runtime.ts';
import { ChannelWatch, type ChannelWatchParts, type WatchedSnapshot } from './channel-watch.ts';
import { type AnyBackend, inspectedBackend, inspectedQueue } from './inspectable.ts';
import { sourceOf } from './source-of.ts';

/** A store that any framework can read. Its methods may be passed on without the store. */
export interface ChannelStore<Snapshot> {
  /** The present snapshot: the same object until something changes. */
  readonly getSnapshot: () => Snapshot;
  /**
   * Calls `listener` with the snapshot, now and at each change, until the returned function is called. Errors that it throws are
   * dropped.
   */
  readonly subscribe: (listener: (snapshot: Snapshot) => void) => Stop;
}

/** What is watched of a channel, and how. */
interface Watched<Snapshot extends WatchedSnapshot>
  extends Pick<ChannelWatchParts<Snapshot>, 'before' | 'isSame'> {
  readonly capabilities: readonly Capability[];
  readonly readFrom: (backend: AnyBackend, queue: string) => ChannelWatchParts<Snapshot>['read'];
}

/** Watches the channel while it has a listener. Errors: `TypeError`; `unsupported`. */
export function channelStore<Snapshot extends WatchedSnapshot>(
  target: unknown,
  { channel, ...group }: { readonly channel: string } & GroupOptions,
  { before, capabilities, isSame, readFrom }: Watched<Snapshot>,
): ChannelStore<Snapshot> {
  const backend = inspectedBackend(target);
  const queue = inspectedQueue(backend, channel, group);
  for (const capability of capabilities) requireCapability(backend, capability);
  const { runtime = systemRuntime } = backend;
  const listeners = new Set<{ readonly call: (snapshot: Snapshot) => void }>();
  let snapshot = before;
  let watch: ChannelWatch<Snapshot> | undefined;
  const onSnapshot = (next: Snapshot) => {
    snapshot = next;
    for (const { call } of [...listeners]) callSafely(call, next);
  };
  const read = readFrom(backend, queue);
  const open = () => sourceOf(backend);
  const parts = { channel: queue, runtime, open, read, isSame, onSnapshot };
  return {
    getSnapshot: () => snapshot,
    subscribe: (call) => {
      if (typeof call !== 'function') refuse('listener', 'a function', call);
      const listener = { call };
      listeners.add(listener);
      if (!snapshot.isEnded) watch ??= new ChannelWatch({ ...parts, before: snapshot });
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
function callSafely<Snapshot>(call: (snapshot: Snapshot) => void, snapshot: Snapshot): void {
  try {
    call(snapshot);
  } catch {
    // Documented: its errors are dropped.
  }
}
