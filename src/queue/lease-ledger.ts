import { ByEventId } from '../core/events/by-event-id.ts';
import type { EventMessage, Lease, Settlement } from '../core/events/message.ts';
import type { ObserverEvent } from '../core/reports/observer.ts';
import type { Stop } from '../core/runtime/runtime.ts';
import type {
  Claim,
  EventStore,
  ForeignTarget,
  KnownTarget,
  SettleRequest,
} from './event-store.ts';

/** How many of the latest lost leases are remembered. A page that resumes after a freeze rarely settles more of them. */
export const MAX_REMEMBERED = 1_000;

type Lost = Extract<ObserverEvent, { type: 'lease-lost' }>;
type Taken = Pick<Claim, 'messages' | 'places'>;

/**
 * The leases that one backend gave to its consumers, by event id.
 *
 * States of a lease: `held` from the delivery on; `lost` when the store reports it as lost, or answers `stale`; forgotten when
 * it is settled, when the same event is delivered again, when {@link MAX_REMEMBERED} others were lost after it, or when another
 * database is in use. Expiry alone
 * changes no state: an expired lease stays `held` until the store reports the loss. Only the backend changes a state.
 */
export class LeaseLedger {
  readonly #held = new ByEventId<KnownTarget>(({ channel }) => channel);
  /** In the order in which they were lost. */
  readonly #lost = new Map<string, KnownTarget>();

  /** Adds the leases of delivered messages. The messages are not kept, because their payloads belong to the consumer. */
  add(taken: Taken): void {
    for (const target of targetsOf(taken)) {
      const { eventId, channel } = target;
      const lost = this.#lost.get(eventId);
      if (lost?.channel === channel) this.#lost.delete(eventId);
      this.#held.set(eventId, target);
    }
  }

  /** The newest lease of the event that this backend delivered, held or lost. Without a channel that of the newest event with this id. */
  find(eventId: string, channel?: string): KnownTarget | undefined {
    return this.#held.get(eventId, channel) ?? this.#lostOf(eventId, channel);
  }

  /** Marks the lease as lost. A newer lease of the same event stays. */
  lose({ eventId, channel, lease }: ForeignTarget | Lost): void {
    const held = this.#held.get(eventId, channel);
    if (!held || held.lease !== lease) return;
    this.#held.remove(eventId, held);
    this.#lost.set(eventId, held);
    const [oldest] = this.#lost.keys();
    if (this.#lost.size > MAX_REMEMBERED) this.#lost.delete(oldest as string);
  }

  /** Applies the answer of the store to a settlement. */
  noteAnswer(request: SettleRequest, settlement: Settlement): void {
    const { eventId, channel, lease, command } = request;
    if (settlement === 'stale') return this.lose(request);
    if (command.verb === 'extend' && settlement === 'ok') return;
    const held = this.#held.get(eventId, channel);
    if (held?.lease === lease) this.#held.remove(eventId, held);
    else if (this.#lostOf(eventId, channel)?.lease === lease) this.#lost.delete(eventId);
  }

  /** Removes all leases, and returns the held ones. */
  takeAll(): KnownTarget[] {
    this.#lost.clear();
    return this.#held.takeAll();
  }

  #lostOf(eventId: string, channel: string | undefined): KnownTarget | undefined {
    const lost = this.#lost.get(eventId);
    return channel === undefined || lost?.channel === channel ? lost : undefined;
  }

  /** How many leases are held, and how many lost ones are remembered. */
  get size(): { readonly held: number; readonly lost: number } {
    return { held: this.#held.size, lost: this.#lost.size };
  }
}

export function targetsOf({ messages, places }: Taken): KnownTarget[] {
  return messages.map(({ eventId, channel, lease }: EventMessage, index) => {
    return { eventId, channel, lease: lease as Lease, place: places?.[index] };
  });
}

/** The channels whose consumers are to be notified after these events were released. */
export function channelsOf(targets: readonly KnownTarget[]): Set<string> {
  return new Set(targets.map(({ channel }) => channel));
}

/** Keeps `ledger` up to date with what the store reports. */
export function hearLosses(store: EventStore, ledger: LeaseLedger): Stop {
  return store.observe((event) => {
    if (event.type === 'lease-lost') ledger.lose(event);
    // In the next database the same places and leases may be those of other events.
    if (event.type === 'storage-reset') ledger.takeAll();
  });
}
