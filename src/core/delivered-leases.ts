import type { EventMessage, Lease } from './message.ts';

/** What settling needs to know of an event. */
export type Target = Pick<EventMessage, 'eventId' | 'lease' | 'channel'>;

/**
 * What one client or backend was delivered and has not settled: gives a bare id the lease of its newest delivery
 * here, so that it is fenced too.
 */
export class DeliveredLeases {
  readonly #delivered = new Map<string, Target>();

  add({ eventId, lease, channel }: Target): void {
    this.#delivered.set(eventId, { eventId, channel, ...(lease !== undefined && { lease }) });
  }

  get(eventId: string): Target | undefined {
    return this.#delivered.get(eventId);
  }

  /** The lease is spent; a newer one of the same event stays. */
  forget(eventId: string, lease: Lease | undefined): void {
    if (this.#delivered.get(eventId)?.lease === lease) this.#delivered.delete(eventId);
  }

  /** Everything that is left; nothing is left afterwards. */
  takeAll(): Target[] {
    const all = [...this.#delivered.values()];
    this.#delivered.clear();
    return all;
  }
}
