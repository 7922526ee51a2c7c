const SECONDS = 60;
const HEIGHT = 20;

/** Counts what happens in each second, and draws the last minute. */
export class Rates {
  #published = 0;
  #handled = 0;
  #total = 0;
  readonly #seconds: number[] = [];

  published(count: number): void {
    this.#published += count;
  }

  handled(): void {
    this.#handled += 1;
  }

  /** The counts of the second that ends, and the line of the chart. */
  endSecond(): { published: number; handled: number; total: number; points: string } {
    const [published, handled] = [this.#published, this.#handled];
    this.#published = 0;
    this.#handled = 0;
    this.#total += handled;
    this.#seconds.push(handled);
    if (this.#seconds.length > SECONDS) this.#seconds.shift();
    return { published, handled, total: this.#total, points: this.#points() };
  }

  #points(): string {
    const most = Math.max(1, ...this.#seconds);
    const y = (count: number) => (HEIGHT - 1 - (count / most) * (HEIGHT - 2)).toFixed(2);
    return this.#seconds.map((count, second) => `${second},${y(count)}`).join(' ');
  }
}
