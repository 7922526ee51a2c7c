import { useEffect, useInsertionEffect, useRef } from 'react';
import type { ListenOptions } from '../core/channel-options.ts';
import type { AsyncEventHandler } from '../core/delivery/delivery.ts';
import type { EventChannel } from '../core/event-channel.ts';
import type { PacedHandler } from '../core/listening/paced-handler.ts';
import type { ChannelOf, ReplyOf } from '../core/options/schema.ts';
import { settingsKey } from '../stores/settings-key.ts';

/**
 * Listens while the component is mounted, as `events.listen` does. A new handler is used from the next event on, and does not
 * restart the listener. Another channel object, channel name or setting does: the old listener stops first. At unmount the
 * listener claims nothing more, and running handlers end by themselves. Without `events` (null or undefined) nothing is listened
 * to. It does nothing on a server.
 *
 * Under StrictMode, and at a Fast Refresh, the listener stops and starts again, and no event is lost or handled twice by that.
 * A paced handler (`inBatches`, `atRate`) belongs to one listener: make it outside of the component or with `useMemo`, because a
 * new one restarts the listener. Errors of `listen` are thrown by the component, such as `closed` after `shutdown()`.
 *
 * @example
 * useListener(events, 'order.placed', async ({ payload, signal }) => {
 *   await save(payload, signal);
 *   setCount((count) => count + 1);
 * }, { concurrency: 4 });
 */
export function useListener<
  Schema extends { [C in keyof Schema]: unknown },
  Replies extends { [C in keyof Replies]: unknown },
  Inputs extends { [C in keyof Inputs]: unknown },
  C extends ChannelOf<Schema>,
>(
  events: EventChannel<Schema, Replies, Inputs> | null | undefined,
  channel: C,
  handler: AsyncEventHandler<Schema[C], ReplyOf<Replies, C>>,
  options: ListenOptions = {},
): void {
  const latest = useRef({ handler, options });
  // Not during the render: React may drop a render, and its handler must not be called then.
  useInsertionEffect(() => {
    latest.current = { handler, options };
  });
  const paced = isPaced(handler) ? handler : undefined;
  const key = settingsKey(options);
  const { signal } = options;
  // biome-ignore lint/correctness/useExhaustiveDependencies: key and signal stand for the options, which are a new object in each render.
  useEffect(() => {
    const call: typeof handler = (delivery) => latest.current.handler(delivery);
    const listener = events?.listen(channel, paced ?? call, latest.current.options);
    return () => void listener?.stop();
  }, [events, channel, paced, key, signal]);
}

function isPaced(handler: object): boolean {
  return typeof (handler as Partial<PacedHandler>).pace === 'function';
}
