import type { ByEventId } from '../../core/events/by-event-id.ts';
import { isExpired, type Leased, type LeaseTerms, takeLease } from '../../core/events/lifecycle.ts';
import type { ChannelStats } from '../../core/events/message.ts';
import { clockShift } from '../../core/runtime/clock-shift.ts';
import { DueEvents, inOrderOfDelivery } from '../../queue/due-events.ts';
import { isBlocked } from '../../queue/event-shapes.ts';
import type { NewEvent } from '../../queue/event-store.ts';
import type { Fifo } from '../../queue/fifo.ts';
import { Heap, type HeapItem } from '../../queue/heap.ts';
import { isRetry } from '../../queue/split-claim.ts';
import { DeadLetterList } from './dead-letter-list.ts';
import { type EventInState, follow, isDueAtOnce, leaseOf, stateOf } from './event-state.ts';
import { EventsById } from './events-by-id.ts';
import { HeldEvents } from './held-events.ts';
import { PublishedIds } from './published-ids.ts';
import { Results } from './results.ts';
import { eventsIn, takeOut } from './take-out.ts';

/** One stored event: the published event, its place in commit order, and its state. */
export interface StoredEvent extends HeapItem, EventInState {
  readonly lane: Lane;
  readonly order: number;
}

/**
 * The events of one channel. Each event is in exactly one place: in a place of the due events (`due`), not yet due
 * (`scheduled`), leased (`leased`), or held back by its key or by
 * another event (`held`). Events with a key are never in a place `fresh`: one that is
 * due goes to `returned`, from where it can be removed.
 */
export class Lane {
  readonly due: DueEvents<StoredEvent> = new DueEvents();
  readonly scheduled: Heap<StoredEvent> = new Heap((stored) => stateOf(stored).availableAt);
  readonly leased: Heap<StoredEvent> = new Heap((stored) => leaseOf(stored)?.leaseExpiresAt ?? 0);
  readonly dead: DeadLetterList = new DeadLetterList();
  readonly held: HeldEvents<StoredEvent> = new HeldEvents();
  readonly publishedIds: PublishedIds = new PublishedIds();
  readonly results: Results = new Results();

  readonly #byId: EventsById<StoredEvent> = new EventsById();

  /** When the time to live of an event began, by the present clock. Only for events that a clock was set back for. */
  readonly #ttlBegins = new WeakMap<StoredEvent, number>();

  get isEmpty(): boolean {
    return (
      this.due.size +
        this.scheduled.size +
        this.leased.size +
        this.dead.size +
        this.held.size +
        this.publishedIds.size +
        this.results.size ===
      0
    );
  }

  /** Enters a published event. `since`: when its due time was computed, if it is delayed. */
  add(event: NewEvent, order: number, since: number | undefined): void {
    this.results.begin(event);
    const stored = { event, lane: this, order, state: undefined, since, heapIndex: 0 };
    this.#byId.note(stored);
    this.#byId.dropIfSparse(this.#count);
    const isPlain = event.key === undefined && !event.after;
    if (isPlain)
      (isDueAtOnce(stored) ? this.due.levelOf(stored).fresh : this.scheduled).add(stored);
    else if (!this.held.enter(stored)) this.#letGo(stored);
  }

  /** An event has ended, and was removed from its place. Its key lets the next event go, or is blocked by a dead letter. */
  end({ event: { key, onDeadLetter } }: StoredEvent, isDead = false): void {
    if (key === undefined) return;
    if (isDead && onDeadLetter === 'block') this.held.keys.block(key);
    else this.#letGo(this.held.keys.goOn(key));
  }

  /** Lets the events go that wait for this one, if it has ended. Returns whether there were any. */
  letGoAfter(eventId: string, now: number): boolean {
    const after = this.results.of(eventId, now);
    if (after.state === 'pending') return false;
    const taken = this.held.takeDependents(after);
    for (const stored of taken) this.#letGo(stored);
    return taken.length > 0;
  }

  /** Ends the block of a key. Returns whether the key was blocked. */
  release(key: string): boolean {
    const { keys } = this.held;
    const isKeyBlocked = keys.isBlocked(key);
    if (isKeyBlocked) this.#letGo(keys.goOn(key));
    return isKeyBlocked;
  }

  /** Removes and returns the waiting events of the key that are not among the delivered ones. */
  takeUndelivered(key = '', delivered: ByEventId<StoredEvent>): StoredEvent[] {
    const taken = this.held.takeOfKey(key);
    const first = this.held.keys.firstOf(key);
    if (!first || delivered.get(first.event.eventId, first.event.channel) === first) return taken;
    (this.scheduled.has(first) ? this.scheduled : this.due.levelOf(first).returned).remove(first);
    this.held.keys.goOn(key);
    return [first, ...taken];
  }

  /** Puts an event that its key no longer holds back in its place. */
  #letGo(stored: StoredEvent | undefined): void {
    if (!stored) return;
    this.held.noteGone(stored);
    if (isDueAtOnce(stored)) this.return(stored);
    else this.scheduled.add(stored);
  }

  /** Puts an event that is due in its old place. */
  return(stored: StoredEvent): void {
    this.due.levelOf(stored).returned.add(stored);
  }

  stats(now: number): ChannelStats {
    this.promote(now);
    const heldLater = this.held.later(now).length;
    return {
      ready: this.due.size + this.held.count - heldLater,
      leased: this.leased.size,
      scheduled: this.scheduled.size + heldLater,
      dead: this.dead.size,
    };
  }

  /**
   * Removes up to `limit` due events, and all events before them that are to be buried. The due events are in the order
   * of their delivery.
   */
  takeDue(
    limit: number,
    now: number,
  ): { readonly due: readonly StoredEvent[]; readonly buried: readonly StoredEvent[] } {
    this.promote(now);
    this.results.dropEnded(now);
    this.#byId.dropIfSparse(this.#count);
    const first = this.due.takeNext(limit);
    if (!first.some((stored) => this.#isOver(stored, now))) return { due: first, buried: [] };
    const buried = first.filter((stored) => this.#isOver(stored, now));
    const due = first.filter((stored) => !buried.includes(stored));
    for (const stored of buried) this.#endBuried(stored, now);
    while (due.length < limit && this.due.size > 0)
      for (const stored of this.due.takeNext(limit - due.length))
        if (this.#isOver(stored, now)) {
          buried.push(stored);
          this.#endBuried(stored, now);
        } else due.push(stored);
    return { due: due.sort(inOrderOfDelivery), buried };
  }

  /** Leases an event that was taken from the due ones. */
  lease(stored: StoredEvent, terms: LeaseTerms, now: number): Leased {
    const leased = takeLease(stateOf(stored), terms, now);
    stored.state = leased;
    stored.since = now;
    this.leased.add(stored);
    return leased;
  }

  /** The next event of its key may be due, too. */
  #endBuried(stored: StoredEvent, now: number): void {
    this.end(stored, true);
    this.promote(now);
  }

  #isOver(stored: StoredEvent, now: number): boolean {
    const { ttlMs, createdAt } = stored.event;
    return (
      isBlocked(stored.event) || isExpired(this.#ttlBegins.get(stored) ?? createdAt, ttlMs, now)
    );
  }

  /** Removes and returns the event that waits under this id. */
  removeWaiting(eventId: string): StoredEvent | undefined {
    const stored = this.#byId.find(eventId, eventsIn(this)).find((one) => takeOut(one, this));
    this.#byId.dropIfSparse(this.#count);
    return stored;
  }

  readonly #count = (): number =>
    this.due.size + this.scheduled.size + this.leased.size + this.held.count;

  /** Moves the scheduled events whose time has come to the due ones. */
  promote(now: number): void {
    for (let next = this.scheduled.takeUpTo(now); next; next = this.scheduled.takeUpTo(now))
      if (isRetry(stateOf(next))) this.#retry(next);
      else this.return(next);
  }

  /** Makes the waiting retries due, those of one `reason` only if it is given. Returns their number. */
  retryNow(now: number, reason?: 'offline'): number {
    this.promote(now);
    let count = 0;
    for (const stored of this.scheduled.takeAll()) {
      const state = stateOf(stored);
      if (isRetry(state, reason)) {
        stored.state = { ...state, availableAt: now };
        this.#retry(stored);
        count += 1;
      } else this.scheduled.add(stored);
    }
    return count;
  }

  /**
   * Call it when the clock was set back. Due times, ends of leases and times to live move with the clock. A due time that the
   * publisher gave stays.
   */
  followClock(now: number): void {
    for (const heap of [this.scheduled, this.leased])
      for (const stored of heap.takeAll()) {
        follow(stored, now);
        heap.add(stored);
      }
    for (const place of [...this.#waitingPlaces(), this.leased])
      place.find((stored) => this.#restartTtl(stored, now));
    for (const stored of this.held.all()) {
      follow(stored, now);
      this.#restartTtl(stored, now);
    }
  }

  #retry(stored: StoredEvent): void {
    this.due.levelOf(stored).retries.add(stored);
  }

  #waitingPlaces(): (Fifo<StoredEvent> | Heap<StoredEvent>)[] {
    return [...this.due.levels.flatMap(({ places }) => places), this.scheduled];
  }

  /** Returns false, so that it is called for each event of a place. */
  #restartTtl(stored: StoredEvent, now: number): boolean {
    const begins = this.#ttlBegins.get(stored) ?? stored.event.createdAt;
    if (stored.event.ttlMs !== undefined && clockShift(begins, now) < 0)
      this.#ttlBegins.set(stored, now);
    return false;
  }

  nextDueAt(): number | null {
    const dueAt = Math.min(this.scheduled.firstKey, this.leased.firstKey);
    return dueAt === Number.POSITIVE_INFINITY ? null : dueAt;
  }
}
