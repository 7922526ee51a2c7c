import type { ShallowRef } from 'vue';
import type { Outbox } from '../outbox/create-outbox.ts';
import type { OutboxSnapshot } from '../outbox/outbox-store.ts';
import { NO_OUTBOX } from '../stores/outbox-snapshot.ts';
import { type Given, given } from './given.ts';
import { useStore } from './use-store.ts';

/**
 * The state and the counts of an outbox, as `outbox.watch()` shows them. On a server, before the component is mounted, and without
 * `outbox` (null or undefined) the state is `idle`, and the counts are null. Make the outbox outside of components: it sends for
 * the whole page, and not for as long as a component is shown.
 *
 * @example
 * const sending = useOutbox(outbox);
 * const isOffline = computed(() => sending.value.state === 'offline');
 */
export function useOutbox(
  outbox: Given<Pick<Outbox, 'watch'>>,
): Readonly<ShallowRef<OutboxSnapshot>> {
  return useStore('useOutbox', () => given(outbox)?.watch(), NO_OUTBOX);
}
