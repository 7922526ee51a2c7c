import type { Leased, Waiting } from '../../core/lifecycle.ts';
import type { DeadLetter } from '../../core/message.ts';
import type { NewEvent } from '../../queue/event-store.ts';
import { Fifo } from './fifo.ts';
import { Heap, type HeapItem } from './heap.ts';

/** One stored event: what was published, its place in commit order, and how it stands. */
export interface StoredEvent extends HeapItem {
  readonly event: NewEvent;
  readonly lane: Lane;
  readonly order: number;
  standing: Waiting | Leased;
}

export function leaseOf({ standing }: StoredEvent): Leased | undefined {
  return 'lease' in standing ? standing : undefined;
}

function expiryOf(stored: StoredEvent): number {
  return leaseOf(stored)?.leaseExpiresAt ?? 0;
}

/**
 * The events of one channel, each in exactly one of four places: never delivered and due (`fresh`), due again
 * (`returned`), not yet due (`scheduled`), or held (`leased`). Fresh events come in commit order by themselves,
 * so only the few that went another way pay for a heap.
 */
export class Lane {
  readonly fresh: Fifo<StoredEvent> = new Fifo();
  readonly returned: Heap<StoredEvent> = new Heap((a, b) => a.order < b.order);
  readonly scheduled: Heap<StoredEvent> = new Heap(
    (a, b) => a.standing.availableAt < b.standing.availableAt,
  );
  readonly leased: Heap<StoredEvent> = new Heap((a, b) => expiryOf(a) < expiryOf(b));
  readonly dead: DeadLetter[] = [];

  /** Takes out the due event that was committed first. */
  takeFirst(): StoredEvent | undefined {
    const fresh = this.fresh.first();
    const returned = this.returned.first();
    if (returned !== undefined && (fresh === undefined || returned.order < fresh.order)) {
      this.returned.remove(returned);
      return returned;
    }
    if (fresh !== undefined) this.fresh.removeFirst();
    return fresh;
  }

  /** Makes due what has come due. */
  promote(now: number): void {
    for (let next = this.scheduled.first(); next; next = this.scheduled.first()) {
      if (next.standing.availableAt > now) return;
      this.scheduled.remove(next);
      this.returned.add(next);
    }
  }

  /** Takes out one event whose lease has expired. */
  takeExpired(now: number): StoredEvent | undefined {
    const first = this.leased.first();
    if (first === undefined || expiryOf(first) > now) return undefined;
    this.leased.remove(first);
    return first;
  }

  nextDueAt(): number | null {
    const scheduled = this.scheduled.first();
    const leased = this.leased.first();
    const dueAt = Math.min(
      scheduled?.standing.availableAt ?? Number.POSITIVE_INFINITY,
      leased ? expiryOf(leased) : Number.POSITIVE_INFINITY,
    );
    return dueAt === Number.POSITIVE_INFINITY ? null : dueAt;
  }
}
