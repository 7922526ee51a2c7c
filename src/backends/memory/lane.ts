import { clockShift } from '../../core/clock-shift.ts';
import type { Leased, Waiting } from '../../core/lifecycle.ts';
import type { DeadLetter } from '../../core/message.ts';
import type { NewEvent } from '../../queue/event-store.ts';
import { type DueKind, isRetry, nextFavored, splitClaim } from '../../queue/split-claim.ts';
import { Fifo } from './fifo.ts';
import { Heap, type HeapItem } from './heap.ts';

/** One stored event: the published event, its position in commit order, and its state. */
export interface StoredEvent extends HeapItem {
  readonly event: NewEvent;
  readonly lane: Lane;
  readonly order: number;
  /** Absent if the event was never delivered. Its state then follows from its publish. */
  standing: Waiting | Leased | undefined;
  /** When the time that it waits for was computed: the time at which it is due, or the end of its lease. */
  since: number | undefined;
}

/** The state of an event. */
export function standingOf({ standing, event }: StoredEvent): Waiting | Leased {
  const { createdAt, delayMs = 0 } = event;
  return standing ?? { attempts: 0, availableAt: createdAt + delayMs, lastError: null };
}

export function leaseOf({ standing }: StoredEvent): Leased | undefined {
  return standing && 'lease' in standing ? standing : undefined;
}

/**
 * The events of one channel, each in exactly one of five places: never delivered and due (`fresh`), due again at its
 * old place (`returned`), due again after a delay (`retries`), not yet due (`scheduled`), or held (`leased`). Fresh events come in commit order by themselves,
 * so only the few that went another way pay for a heap.
 */
export class Lane {
  readonly fresh: Fifo<StoredEvent> = new Fifo();
  readonly returned: Heap<StoredEvent> = new Heap(({ order }) => order);
  readonly retries: Heap<StoredEvent> = new Heap(({ order }) => order);
  readonly scheduled: Heap<StoredEvent> = new Heap((stored) => standingOf(stored).availableAt);
  readonly leased: Heap<StoredEvent> = new Heap((stored) => leaseOf(stored)?.leaseExpiresAt ?? 0);
  readonly dead: Fifo<DeadLetter> = new Fifo();

  #favored: DueKind = 'placed';

  /** How many may be taken. */
  get dueCount(): number {
    return this.fresh.size + this.returned.size + this.retries.size;
  }

  get isEmpty(): boolean {
    return this.dueCount + this.scheduled.size + this.leased.size + this.dead.size === 0;
  }

  /** Takes out `limit` due events, split between the two kinds, in commit order. */
  takeDue(limit: number): StoredEvent[] {
    const due = { placed: this.fresh.size + this.returned.size, retries: this.retries.size };
    const split = splitClaim(limit, due, this.#favored);
    this.#favored = nextFavored(limit, due, this.#favored);
    const taken: StoredEvent[] = [];
    for (let count = 0; count < split.placed; count += 1) taken.push(this.#takePlaced());
    for (let count = 0; count < split.retries; count += 1)
      taken.push(this.retries.takeUpTo() as StoredEvent);
    return taken.sort((a, b) => a.order - b.order);
  }

  /** The first of these in commit order. There must be one. */
  #takePlaced(): StoredEvent {
    const fresh = this.fresh.first();
    const returned = this.returned.takeUpTo(fresh?.order);
    if (!returned) this.fresh.removeFirst();
    return returned ?? (fresh as StoredEvent);
  }

  /** Makes due what has come due. */
  promote(now: number): void {
    for (let next = this.scheduled.takeUpTo(now); next; next = this.scheduled.takeUpTo(now))
      (isRetry(standingOf(next)) ? this.retries : this.returned).add(next);
  }

  /** Makes due the retries that wait, of any reason or of the given one; answers how many. */
  retryNow(now: number, reason?: 'offline'): number {
    let count = 0;
    for (const stored of this.scheduled.takeAll()) {
      const standing = standingOf(stored);
      if (isRetry(standing, reason)) {
        stored.standing = { ...standing, availableAt: now };
        this.retries.add(stored);
        count += 1;
      } else this.scheduled.add(stored);
    }
    return count;
  }

  /** The clock was set back: what waits by a time of before waits by the present one. */
  followClock(now: number): void {
    for (const heap of [this.scheduled, this.leased])
      for (const stored of heap.takeAll()) {
        const shiftMs = clockShift(stored.since, now);
        stored.standing = shifted(standingOf(stored), shiftMs);
        stored.since = (stored.since ?? now) + shiftMs;
        heap.add(stored);
      }
  }

  nextDueAt(): number | null {
    const dueAt = Math.min(this.scheduled.firstKey, this.leased.firstKey);
    return dueAt === Number.POSITIVE_INFINITY ? null : dueAt;
  }
}

function shifted(standing: Waiting | Leased, shiftMs: number): Waiting | Leased {
  if ('lease' in standing)
    return { ...standing, leaseExpiresAt: standing.leaseExpiresAt + shiftMs };
  return { ...standing, availableAt: standing.availableAt + shiftMs };
}
