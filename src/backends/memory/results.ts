import type { EventResult, KeptResult } from '../../core/events/event-result.ts';
import type { Command, Death } from '../../core/events/lifecycle.ts';
import type { NewEvent } from '../../queue/event-store.ts';
import { Heap, type HeapItem } from '../../queue/heap.ts';
import { COPY_IN, copyOut, type Isolation } from '../../queue/isolation.ts';
import type { EventInState } from './event-state.ts';

/** The most results that one call drops. The next call drops the rest. */
const MAX_DROPPED = 100;

/** The result of one event. Until the event ends it is `pending`, and is in no heap. */
export interface Kept extends HeapItem {
  readonly event: NewEvent;
  readonly result: KeptResult;
  /** Grows with each result of the store. */
  readonly order: number;
  /** Epoch milliseconds. Infinity while the event is stored. */
  readonly until: number;
}

/** The results of one queue's events that have a `retentionMs`. Those whose time has passed are dropped a few at a time. */
export class Results {
  readonly #kept = new Map<string, Kept>();
  readonly #ended = new Heap<Kept>(({ until }) => until);

  get size(): number {
    return this.#kept.size;
  }

  /** The event is stored. */
  begin(event: NewEvent): void {
    const { eventId, retentionMs } = event;
    if (retentionMs) this.#keep(event, { eventId, state: 'pending' }, 0, Number.POSITIVE_INFINITY);
  }

  /** The event was settled at `since`. */
  acknowledge({ event, state, since = 0 }: EventInState, reply: unknown, order: number): void {
    if (!event.retentionMs) return;
    const { eventId } = event;
    const attempts = state?.attempts ?? 0;
    const ended = {
      eventId,
      state: 'acknowledged',
      reply,
      attempts,
      acknowledgedAt: since,
    } as const;
    this.#end(event, ended, order, since);
  }

  die(event: NewEvent, death: Death, order: number): void {
    if (event.retentionMs)
      this.#end(event, { eventId: event.eventId, ...death }, order, death.diedAt);
  }

  cancel(event: NewEvent, order: number, now: number): void {
    const { eventId } = event;
    if (event.retentionMs)
      this.#end(event, { eventId, state: 'cancelled', cancelledAt: now }, order, now);
  }

  /** How the event has ended, or that it is pending. Not a copy. */
  of(eventId: string, now: number): EventResult {
    const kept = this.#kept.get(eventId);
    return kept && kept.until > now ? kept.result : { eventId, state: 'unknown' };
  }

  /** What is kept of these events. */
  read(eventIds: readonly string[], now: number, isolation: Isolation): (KeptResult | undefined)[] {
    this.dropEnded(now);
    return eventIds.map((eventId) => {
      const result = this.of(eventId, now);
      return result.state === 'unknown' ? undefined : copyOut(result, isolation);
    });
  }

  /** The acknowledged events after the order `after`, oldest first. */
  acknowledged(after: number, now: number): Kept[] {
    return [...this.#kept.values()].filter(
      ({ result, order, until }) => result.state === 'acknowledged' && order > after && until > now,
    );
  }

  dropEnded(now: number): void {
    for (let left = MAX_DROPPED; left > 0; left -= 1) {
      const ended = this.#ended.takeUpTo(now);
      if (!ended) return;
      this.#kept.delete(ended.event.eventId);
    }
  }

  #end(event: NewEvent, result: KeptResult, order: number, now: number): void {
    this.#keep(event, result, order, now + (event.retentionMs ?? 0));
  }

  #keep(event: NewEvent, result: KeptResult, order: number, until: number): void {
    const { eventId } = event;
    const before = this.#kept.get(eventId);
    if (before && before.until < Number.POSITIVE_INFINITY) this.#ended.remove(before);
    // Deleted first, so that the results are in the order of their ends.
    this.#kept.delete(eventId);
    const kept = { event, result, order, until, heapIndex: 0 };
    this.#kept.set(eventId, kept);
    if (until < Number.POSITIVE_INFINITY) this.#ended.add(kept);
  }
}

/** The command with a copy of its reply, where the result of the event is kept. Error: `not-cloneable`. */
export function withOwnReply(
  command: Command,
  { retentionMs, channel }: NewEvent,
  isolation: Isolation,
): Command {
  if (!retentionMs || command.verb !== 'ack' || command.reply === undefined) return command;
  return { verb: 'ack', reply: COPY_IN[isolation](command.reply, 'reply', channel) };
}
