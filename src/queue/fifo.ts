/** First in, first out, in amortised constant time at any length. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  /** The first item has the index 0. */
  at(index: number): T | undefined {
    return this.#items[this.#head + index];
  }

  add(item: T): void {
    this.#items.push(item);
  }

  removeFirst(): void {
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head < 1024 || this.#head * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let at = this.#head; at < this.#items.length; at += 1) yield this.#items[at] as T;
  }

  /** The first item that meets the condition, in time proportional to the length. */
  find(condition: (item: T) => boolean): T | undefined {
    return this.#items.find((item, at) => at >= this.#head && condition(item as T));
  }

  /**
   * Removes an item, and returns whether it was there. The keys of the items must grow from the first to the last: it is found
   * by bisection. The items after it are moved by one call of the engine.
   */
  remove(item: T, keyOf: (item: T) => number): boolean {
    const key = keyOf(item);
    let [from, to] = [this.#head, this.#items.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (keyOf(this.#items[middle] as T) < key) from = middle + 1;
      else to = middle;
    }
    if (this.#items[from] !== item) return false;
    if (from === this.#head) this.removeFirst();
    else this.#items.splice(from, 1);
    return true;
  }
}
