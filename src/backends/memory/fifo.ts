/** First in, first out, in amortised constant time at any length. */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  first(): T | undefined {
    return this.#items[this.#head];
  }

  /** The first `count` items. They are not removed. */
  firstOnes(count: number): T[] {
    return this.#items.slice(this.#head, this.#head + count) as T[];
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
}
