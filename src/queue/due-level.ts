import { Fifo } from './fifo.ts';
import { Heap, type HeapItem } from './heap.ts';
import { type DueKind, nextFavored, splitClaim } from './split-claim.ts';

/** An event that can be due. `order`: its place in commit order. */
export interface DueEvent extends HeapItem {
  readonly event: { readonly priority?: number };
  readonly order: number;
}

/**
 * The due events of one channel and one priority. Each is in one of three places: never delivered (`fresh`), due again in commit
 * order (`returned`), or due again after a delay (`retries`). The first event of each place is its oldest.
 */
export class DueLevel<E extends DueEvent> {
  readonly priority: number;
  /** Events arrive in commit order, so they need no heap. */
  readonly fresh: Fifo<E> = new Fifo();
  readonly returned: Heap<E> = new Heap(({ order }) => order);
  readonly retries: Heap<E> = new Heap(({ order }) => order);
  #favored: DueKind = 'placed';

  constructor(priority: number) {
    this.priority = priority;
  }

  get size(): number {
    return this.fresh.size + this.returned.size + this.retries.size;
  }

  get places(): readonly (Fifo<E> | Heap<E>)[] {
    return [this.returned, this.retries, this.fresh];
  }

  /** The place of the oldest event in commit order. Infinity if there is none. */
  get oldestOrder(): number {
    return Math.min(this.#firstPlacedOrder, this.retries.firstKey);
  }

  /** Removes the oldest event. There must be one. */
  takeOldest(): E {
    return this.retries.takeUpTo(this.#firstPlacedOrder) ?? this.#takePlaced();
  }

  /** Removes and returns up to `limit` events, split between the two kinds, in commit order. */
  takeNext(limit: number): E[] {
    const taken: E[] = [];
    if (this.retries.size === 0) {
      const placed = Math.min(limit, this.fresh.size + this.returned.size);
      while (taken.length < placed) taken.push(this.#takePlaced());
      return taken;
    }
    const due = { placed: this.fresh.size + this.returned.size, retries: this.retries.size };
    const split = splitClaim(limit, due, this.#favored);
    this.#favored = nextFavored(limit, due, this.#favored);
    for (let count = 0; count < split.placed; count += 1) taken.push(this.#takePlaced());
    for (let count = 0; count < split.retries; count += 1) taken.push(this.retries.takeUpTo() as E);
    return taken.sort((a, b) => a.order - b.order);
  }

  get #firstPlacedOrder(): number {
    return Math.min(this.fresh.at(0)?.order ?? Number.POSITIVE_INFINITY, this.returned.firstKey);
  }

  /** Removes the first event of `fresh` and `returned` in commit order. One of the two must have an event. */
  #takePlaced(): E {
    const fresh = this.fresh.at(0);
    const returned = this.returned.takeUpTo(fresh?.order);
    if (!returned) this.fresh.removeFirst();
    return returned ?? (fresh as E);
  }
}
