import type { DeadLetter } from '../../core/events/message.ts';
import { copyOfLetter } from '../../queue/event-shapes.ts';
import type { LetterStep, LetterStepResult } from '../../queue/event-store.ts';
import type { Isolation } from '../../queue/isolation.ts';

/** The most letters that one step reads. */
const STEP_LETTERS = 1_000;

interface Numbered {
  readonly number: number;
  readonly letter: DeadLetter;
}

/**
 * The dead letters of one channel, oldest first. Each has a number that is never used again in the store. Adding and removing
 * the oldest take amortised constant time.
 */
export class DeadLetterList {
  #items: (Numbered | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  add(number: number, letter: DeadLetter): void {
    this.#items.push({ number, letter: { ...letter, cursor: String(number) } });
  }

  /** Removes the oldest letter where there are more than `most`. Returns whether it did. */
  dropBeyond(most: number): boolean {
    if (this.size <= most) return false;
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head >= 1024 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return true;
  }

  /** Copies of the first `limit` letters after `after`. */
  page(limit: number, after: number | undefined, isolation: Isolation): DeadLetter[] {
    const from = this.#indexAfter(after ?? Number.NEGATIVE_INFINITY);
    const items = this.#items.slice(from, from + limit) as Numbered[];
    return items.map(({ letter }) => copyOfLetter(letter, isolation));
  }

  /** Takes the letters of one step out of the list. */
  take(
    { after = Number.NEGATIVE_INFINITY, until, limit, selects }: LetterStep,
    isolation: Isolation,
  ): { readonly letters: readonly DeadLetter[]; readonly result: LetterStepResult } {
    const last = until ?? this.#items.at(-1)?.number ?? after;
    const from = this.#indexAfter(after);
    const end = Math.min(from + STEP_LETTERS, this.#indexAfter(last));
    const selected = new Set<number>();
    let scanned = 0;
    let next = after;
    for (const { number, letter } of this.#items.slice(from, end) as Numbered[]) {
      if (selected.size >= limit) break;
      if (selects(letter, () => copyOfLetter(letter, isolation))) selected.add(number);
      scanned += 1;
      next = number;
    }
    const letters = this.#remove(after, next, selected);
    const taken = letters.map(({ eventId }) => eventId);
    return {
      letters,
      result: { taken, scanned, after: next < last ? next : undefined, until: last },
    };
  }

  /** Removes the selected letters between two numbers. Code of the user may have removed others of them. */
  #remove(after: number, last: number, selected: ReadonlySet<number>): DeadLetter[] {
    const from = this.#indexAfter(after);
    const items = this.#items.slice(from, this.#indexAfter(last)) as Numbered[];
    const kept = items.filter(({ number }) => !selected.has(number));
    this.#items.splice(from, items.length, ...kept);
    return items.filter(({ number }) => selected.has(number)).map(({ letter }) => letter);
  }

  #indexAfter(number: number): number {
    let [from, end] = [this.#head, this.#items.length];
    while (from < end) {
      const middle = (from + end) >> 1;
      if ((this.#items[middle] as Numbered).number > number) end = middle;
      else from = middle + 1;
    }
    return from;
  }
}
