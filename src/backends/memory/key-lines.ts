import { Fifo } from '../../queue/fifo.ts';

/** The events of one key. */
interface KeyLine<T> {
  /** The event that may be delivered, or is leased. Undefined if the key is blocked. */
  first: T | undefined;
  /** The later events, in commit order. They are in no other place of the lane. */
  readonly held: Fifo<T>;
}

/**
 * The order of the keys of one channel. Only the first event of a key is in the other places of its lane. The key holds back the
 * others, so that claims never meet them, however many there are. A key has a line while it has an event, or is blocked.
 */
export class KeyLines<T> {
  readonly #lines = new Map<string, KeyLine<T>>();
  /** How many events are held back. */
  heldCount = 0;

  get size(): number {
    return this.#lines.size;
  }

  get blocked(): string[] {
    return [...this.#lines].filter(([, { first }]) => !first).map(([key]) => key);
  }

  /** All events that are held back. */
  *held(): Iterable<T> {
    for (const { held } of this.#lines.values()) yield* held;
  }

  /** Enters a new event. Returns whether it is the first of its key. */
  enter(key: string, stored: T): boolean {
    const line = this.#lines.get(key);
    if (!line) this.#lines.set(key, { first: stored, held: new Fifo() });
    else {
      line.held.add(stored);
      this.heldCount += 1;
    }
    return !line;
  }

  /** Enters an event that is held back until {@link letAllGo}. */
  hold(key: string, stored: T): void {
    if (!this.#lines.has(key)) this.#lines.set(key, { first: undefined, held: new Fifo() });
    this.enter(key, stored);
  }

  /** Removes all events of the key, and returns those that were held back. */
  letAllGo(key: string): T[] {
    const held = this.takeHeld(key);
    this.#lines.delete(key);
    return held;
  }

  /** The first event of the key has become a dead letter: the others are held back until {@link goOn}. */
  block(key: string): void {
    const line = this.#lines.get(key);
    if (line) line.first = undefined;
  }

  isBlocked(key: string): boolean {
    const line = this.#lines.get(key);
    return line !== undefined && line.first === undefined;
  }

  /** The first event of the key has ended, or the block of the key. Returns the next event, if there is one. */
  goOn(key: string): T | undefined {
    const line = this.#lines.get(key);
    const next = line?.held.at(0);
    if (!line || !next) {
      this.#lines.delete(key);
      return undefined;
    }
    line.held.removeFirst();
    line.first = next;
    this.heldCount -= 1;
    return next;
  }

  /** Removes the events of the key that are held back, and returns them. */
  takeHeld(key: string): T[] {
    const line = this.#lines.get(key);
    const held = line ? [...line.held] : [];
    for (const _ of held) line?.held.removeFirst();
    this.heldCount -= held.length;
    return held;
  }

  /** The event that may be delivered. */
  firstOf(key: string): T | undefined {
    return this.#lines.get(key)?.first;
  }

  /** Removes an event that the key holds back. Returns whether it does. */
  removeHeld(key: string, stored: T, orderOf: (stored: T) => number): boolean {
    const isHeld = this.#lines.get(key)?.held.remove(stored, orderOf) ?? false;
    if (isHeld) this.heldCount -= 1;
    return isHeld;
  }
}
