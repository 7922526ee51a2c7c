/** An item of a heap. It has its index, so that it can be removed from any place. */
export interface HeapItem {
  heapIndex: number;
}

/** A binary heap whose items can be removed from anywhere in O(log n). An item is in one heap at most. */
export class Heap<T extends HeapItem> {
  readonly #items: T[] = [];
  readonly #keyOf: (item: T) => number;

  /** The item with the least key is first. The key of an item must not change while the item is in the heap. */
  constructor(keyOf: (item: T) => number) {
    this.#keyOf = keyOf;
  }

  get size(): number {
    return this.#items.length;
  }

  first(): T | undefined {
    return this.#items[0];
  }

  /** The key of the first item. Infinity if the heap is empty. */
  get firstKey(): number {
    const first = this.first();
    return first ? this.#keyOf(first) : Number.POSITIVE_INFINITY;
  }

  /** Takes out the first item, if its key is at most `key`. */
  takeUpTo(key: number = Number.POSITIVE_INFINITY): T | undefined {
    const first = this.first();
    if (!first || this.#keyOf(first) > key) return undefined;
    this.remove(first);
    return first;
  }

  has(item: T): boolean {
    return this.#items[item.heapIndex] === item;
  }

  /** An item that meets the condition, in time proportional to the size. */
  find(condition: (item: T) => boolean): T | undefined {
    return this.#items.find(condition);
  }

  /** In no order. */
  [Symbol.iterator](): Iterator<T> {
    return this.#items[Symbol.iterator]();
  }

  /** Removes all items and returns them, in no order. */
  takeAll(): T[] {
    return this.#items.splice(0);
  }

  add(item: T): void {
    this.#items.push(item);
    this.#rise(item, this.#items.length - 1);
  }

  remove(item: T): void {
    const last = this.#items.pop();
    if (!last || last === item) return;
    this.#rise(last, item.heapIndex);
    this.#sink(last, last.heapIndex);
  }

  #rise(item: T, from: number): void {
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#items[parentIndex] as T;
      if (!this.#isBefore(item, parent)) break;
      this.#place(parent, index);
      index = parentIndex;
    }
    this.#place(item, index);
  }

  #sink(item: T, from: number): void {
    let index = from;
    for (;;) {
      const child = this.#firstChild(index);
      if (!child || !this.#isBefore(child, item)) break;
      const childIndex = child.heapIndex;
      this.#place(child, index);
      index = childIndex;
    }
    this.#place(item, index);
  }

  #firstChild(index: number): T | undefined {
    const left = this.#items[2 * index + 1];
    const right = this.#items[2 * index + 2];
    return right && this.#isBefore(right, left as T) ? right : left;
  }

  #isBefore(a: T, b: T): boolean {
    return this.#keyOf(a) < this.#keyOf(b);
  }

  #place(item: T, index: number): void {
    this.#items[index] = item;
    item.heapIndex = index;
  }
}
