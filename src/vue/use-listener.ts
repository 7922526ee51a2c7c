import { type MaybeRefOrGetter, toValue, watch } from 'vue';
import type { ListenOptions } from '../core/channel-options.ts';
import type { AsyncEventHandler } from '../core/delivery/delivery.ts';
import type { EventChannel } from '../core/event-channel.ts';
import type { ChannelOf, ReplyOf } from '../core/options/schema.ts';
import { settingsKey } from '../stores/settings-key.ts';
import { type Given, given } from './given.ts';
import { whenMounted } from './when-mounted.ts';

/**
 * Listens while the component is mounted, or until the effect scope ends, as `events.listen` does. Another channel object, channel
 * name or setting in a ref or getter restarts the listener: the old one stops first. At the end the listener claims nothing more,
 * and running handlers end by themselves. Without `events` (null or undefined) nothing is listened to. In a component it does
 * nothing on a server. A component that `KeepAlive` keeps goes on listening.
 *
 * Errors: `TypeError` outside of `setup()` and of an effect scope. Those of `listen` go to `app.config.errorHandler`.
 *
 * @example
 * useListener(events, 'order.placed', async ({ payload, signal }) => {
 *   await save(payload, signal);
 *   count.value += 1;
 * }, { concurrency: 4 });
 */
export function useListener<
  Schema extends { [C in keyof Schema]: unknown },
  Replies extends { [C in keyof Replies]: unknown },
  Inputs extends { [C in keyof Inputs]: unknown },
  C extends ChannelOf<Schema>,
>(
  events: Given<EventChannel<Schema, Replies, Inputs>>,
  channel: MaybeRefOrGetter<C>,
  handler: AsyncEventHandler<Schema[C], ReplyOf<Replies, C>>,
  options: MaybeRefOrGetter<ListenOptions> = {},
): void {
  whenMounted('useListener', () => {
    const restartAt = [
      () => given(events),
      () => toValue(channel),
      () => settingsKey(toValue(options)),
      () => toValue(options).signal,
    ];
    const restart = (_new: unknown, _old: unknown, onCleanup: (stop: () => void) => void) => {
      const listener = given(events)?.listen(toValue(channel), handler, toValue(options));
      if (listener) onCleanup(() => void listener.stop());
    };
    watch(restartAt, restart, { immediate: true });
  });
}
