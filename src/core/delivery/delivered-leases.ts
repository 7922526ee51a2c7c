import { ByEventId } from '../events/by-event-id.ts';
import type { EventMessage, Lease } from '../events/message.ts';

/** What settling needs to know of an event. */
export type Target = Pick<EventMessage, 'eventId' | 'channel' | 'group'> & {
  readonly lease?: Lease | undefined;
};

export interface Delivered extends Target {
  /** Called if a loss of this lease is reported. */
  lose?(): void;
}

/**
 * The unsettled deliveries of one client or backend, by event id. A settlement by a bare event id uses the lease of the
 * newest delivery, so that the backend can refuse it when the lease is lost.
 */
export class DeliveredLeases {
  readonly #delivered = new ByEventId<Delivered>(({ channel }) => channel);

  add(delivered: Delivered): void {
    this.#delivered.set(delivered.eventId, delivered);
  }

  get(eventId: string): Target | undefined {
    return this.#delivered.get(eventId);
  }

  /** Notifies the delivery that holds the event under `lease`, unless it was settled or delivered again since. */
  lose({ eventId, channel, lease }: Target): void {
    const held = this.#delivered.get(eventId, channel);
    if (held?.lease === lease) held?.lose?.();
  }

  /** Removes the delivery. A newer delivery of the same event stays. */
  forget({ eventId, channel, lease }: Target): void {
    const held = this.#delivered.get(eventId, channel);
    if (held && held.lease === lease) this.#delivered.remove(eventId, held);
  }

  /** Returns all unsettled deliveries and removes them. */
  takeAll(): Target[] {
    return this.#delivered.takeAll();
  }
}
