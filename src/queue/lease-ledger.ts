import type { EventMessage, Lease, Settlement } from '../core/message.ts';
import type { Stop } from '../core/runtime.ts';
import type { Claim, EventStore, SettleRequest, SettleTarget } from './event-store.ts';

/** So many lost leases are remembered, the latest: as many as a page is likely to ask about that goes on after a freeze. */
export const MAX_REMEMBERED = 1_000;

type Taken = Pick<Claim, 'messages' | 'places'>;

/**
 * The leases that one backend gave to its consumers, by event id.
 *
 * States of a lease: `held` from the delivery on; `lost` when the store reports it as lost, or answers `stale`; forgotten when
 * it is settled, when the same event is delivered again, or when {@link MAX_REMEMBERED} others were lost after it. Expiry alone
 * changes no state: an expired lease stays `held` until the store reports the loss. Only the backend changes a state.
 */
export class LeaseLedger {
  readonly #held = new Map<string, SettleTarget>();
  /** In the order in which they were lost. */
  readonly #lost = new Map<string, SettleTarget>();

  /** The messages are handed to a consumer. They are not kept: their payloads are the consumer's. */
  add(taken: Taken): void {
    for (const target of targetsOf(taken)) {
      this.#lost.delete(target.eventId);
      this.#held.set(target.eventId, target);
    }
  }

  /** The newest lease of the event that this backend gave out, held or lost. */
  find(eventId: string): SettleTarget | undefined {
    return this.#held.get(eventId) ?? this.#lost.get(eventId);
  }

  /** The lease is lost; a newer one of the same event stays. */
  lose(eventId: string, lease: Lease | undefined): void {
    const held = this.#held.get(eventId);
    if (!held || held.lease !== lease) return;
    this.#held.delete(eventId);
    this.#lost.set(eventId, held);
    const [oldest] = this.#lost.keys();
    if (this.#lost.size > MAX_REMEMBERED) this.#lost.delete(oldest as string);
  }

  /** What the store answered. */
  noteAnswer({ eventId, lease, command }: SettleRequest, settlement: Settlement): void {
    if (settlement === 'stale') return this.lose(eventId, lease);
    if (command.verb === 'extend' && settlement === 'ok') return;
    if (this.#held.get(eventId)?.lease === lease) this.#held.delete(eventId);
    else if (this.#lost.get(eventId)?.lease === lease) this.#lost.delete(eventId);
  }

  /** Everything that is held; nothing is remembered afterwards. */
  takeAll(): SettleTarget[] {
    const all = [...this.#held.values()];
    this.#held.clear();
    this.#lost.clear();
    return all;
  }

  /** How many leases are held, and how many lost ones are remembered. */
  get size(): { readonly held: number; readonly lost: number } {
    return { held: this.#held.size, lost: this.#lost.size };
  }
}

export function targetsOf({ messages, places }: Taken): SettleTarget[] {
  return messages.map(({ eventId, channel, lease }: EventMessage, index) => {
    return { eventId, channel, lease: lease as Lease, place: places?.[index] };
  });
}

/** The channels whose consumers are to be notified after these events were released. */
export function channelsOf(targets: readonly SettleTarget[]): Set<string> {
  return new Set(targets.flatMap(({ channel }) => channel ?? []));
}

/** Keeps `ledger` up to date with what the store reports. */
export function hearLosses(store: EventStore, ledger: LeaseLedger): Stop {
  return store.observe((event) => {
    if (event.type === 'lease-lost') ledger.lose(event.eventId, event.lease);
  });
}
