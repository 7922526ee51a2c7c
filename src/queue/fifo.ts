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

  /** Removes an item of the queue, in time proportional to the length. */
  remove(item: T): void {
    this.#items.splice(this.#items.indexOf(item, this.#head), 1);
  }
}
