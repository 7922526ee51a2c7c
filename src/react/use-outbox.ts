import type { Outbox } from '../outbox/create-outbox.ts';
import type { OutboxSnapshot } from '../outbox/outbox-store.ts';
import { NO_OUTBOX } from '../stores/outbox-snapshot.ts';
import { useStore } from './use-store.ts';

/**
 * The state and the counts of an outbox, as `outbox.watch()` shows them. On a server, during hydration, and without `outbox`
 * (null or undefined) the state is `idle`, and the counts are null. Make the outbox outside of components: it sends for the whole
 * page, and not for as long as a component is shown.
 *
 * @example
 * const { state, waiting } = useOutbox(outbox);
 * return createElement('p', null, state === 'offline' ? `${waiting} orders wait for the network` : state);
 */
export function useOutbox(outbox: Pick<Outbox, 'watch'> | null | undefined): OutboxSnapshot {
  return useStore(outbox?.watch(), NO_OUTBOX);
}
