import { EventChannel } from '../core/event-channel.ts';
import type { StopOptions } from '../core/listening/listener.ts';
import type { PlatformAbortSignal } from '../core/runtime/platform-types.ts';
import type { Stop } from '../core/runtime/runtime.ts';
import { systemRuntime } from '../core/runtime/system-runtime.ts';
import { batchSender } from '../outbox/batch-sender.ts';
import { createOutbox } from '../outbox/create-outbox.ts';
import { checkForwardOptions, type ForwardOptions } from './forward-options.ts';
import { type ForwardSnapshot, ForwardStore } from './forward-store.ts';
import { Mover } from './mover.ts';

/** Moves the events of a channel. `forward` makes it. It is a store that a page can show: `getSnapshot` and `subscribe`. */
export interface Forwarding {
  readonly channel: string;
  /** Resolves when nothing is moved any more, after `stop()` or because `from` was shut down. Never rejects. */
  readonly closed: Promise<void>;
  /** The same object until something changes. */
  readonly getSnapshot: () => ForwardSnapshot;
  /** Calls `onChange` now and at each change, until the returned function is called. Errors that it throws are reported to the observer. */
  readonly subscribe: (onChange: (snapshot: ForwardSnapshot) => void) => Stop;
  /** Moves nothing until `resume()`. A batch that is being published ends by itself. Default reason: `'paused'`. */
  pause(reason?: string): void;
  resume(): void;
  /** Ends a wait, and makes due at once what failed. Resolves when the events are due, before they are moved. */
  flush(): Promise<void>;
  /** Resolves when `from` has no event of the channel that waits or is leased. Needs the capability `stats`. Rejects with the reason of `signal`. */
  whenIdle(options?: { readonly signal?: PlatformAbortSignal | undefined }): Promise<void>;
  /**
   * Stops moving, as `Listener.stop` does, and leaves both backends. The last client of a backend shuts it down: keep a channel
   * over a backend that is still needed.
   */
  stop(options?: StopOptions): Promise<void>;
}

/**
 * Moves the events of a channel from one backend to another, at least once, from as many contexts as call it. An event is
 * acknowledged in `from` only when `to` has stored it. It keeps its id, so a repetition after a crash stores nothing within the
 * `dedupeWindowMs` of `to`. It keeps its payload, metadata (trace context included), key and priority, and the time that its
 * `ttlMs` leaves. A delayed event is moved when it is due. Its attempts begin anew.
 *
 * While `to` is down, full or too old, nothing is moved, and no attempt is used up. An event that needs a capability that `to`
 * lacks, or that `to` refuses for good (`invalid`, `too-large`, `not-cloneable`), becomes a dead letter in `from` with that reason,
 * and the others go on.
 *
 * Errors: `TypeError` for options out of range; `unsupported` if `to` lacks the capability `id` and `drop` does not name it.
 *
 * @example
 * const forwarding = forward({ from: indexedDbBackend({ database: 'shop' }), to: cluster, channel: 'order.placed' });
 * forwarding.subscribe(({ state, waiting, moved }) => console.log(state, waiting, moved));
 */
export function forward<
  Schema extends { [C in keyof Schema]: unknown },
  Inputs extends { [C in keyof Inputs]: unknown },
>(options: ForwardOptions<Schema, Inputs>): Forwarding {
  const { from, to, channel, settings, listening } = checkForwardOptions(options);
  const { batch, maxConcurrency, connectivity, observer, runtime } = settings;
  const source = new EventChannel({ backend: from, observer, runtime });
  const target = new EventChannel({ backend: to, observer });
  const clock = runtime ?? from.runtime ?? systemRuntime;
  const onMoved = (count: number) => store.noteMoved(count);
  const mover = new Mover({ to, target, settings, now: () => clock.now(), onMoved });
  const outbox = createOutbox({
    ...listening,
    events: source,
    channel,
    send: batchSender(mover.move, batch),
    maxConcurrency,
    connectivity,
  });
  const store = new ForwardStore(outbox.watch());
  const { closed } = outbox;
  return {
    channel,
    closed,
    getSnapshot: store.getSnapshot,
    subscribe: store.subscribe,
    pause: (reason) => outbox.pause(reason),
    resume: () => outbox.resume(),
    flush: () => outbox.flush(),
    whenIdle: (given) => outbox.whenIdle(given),
    async stop(given) {
      await outbox.stop(given);
      await source.shutdown();
      await target.shutdown();
    },
  };
}
