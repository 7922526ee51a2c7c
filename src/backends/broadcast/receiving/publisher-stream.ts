import type { SizedEvent } from '../wire/messages.ts';
import type { ByteBudget } from './byte-budget.ts';

/** What becomes of a received event: `next` in turn, `early` and kept where there is room, or one that has been. */
export type Reception = 'next' | 'early' | 'past';

/**
 * The events of one publisher on one channel, brought into their order. What to ask of whom is gap-repair.ts.
 *
 * Invariants: everything up to `cursor` is delivered or given up; `known` is the greatest number that is known to
 * exist, and at least `cursor`; what is held lies above `cursor`. The stream is level where both are the same.
 */
export class PublisherStream {
  readonly channel: string;
  readonly publisher: string;
  cursor: number;
  known: number;
  /** Where the numbers before are unknown: nothing that was published before this time is wanted. */
  since: number | null;
  /** When this context last heard of it. */
  heardAt = 0;
  readonly #budget: ByteBudget;
  /** By number: more than one where somebody uses this publisher's name, so that no event can take another's place. */
  readonly #held = new Map<number, SizedEvent[]>();
  /** Members that may have what is missing. */
  readonly #candidates = new Set<string>();
  /** Members that do not have what is missing next, or have not answered. */
  readonly #tried = new Set<string>();
  /** Members that were asked and have not answered; an answer is used however late it comes. */
  readonly #unanswered = new Set<string>();

  constructor(
    { channel, publisher }: Pick<PublisherStream, 'channel' | 'publisher'>,
    cursor: number,
    since: number | null,
    budget: ByteBudget,
  ) {
    this.channel = channel;
    this.publisher = publisher;
    this.cursor = cursor;
    this.known = cursor;
    this.since = since;
    this.#budget = budget;
  }

  get isLevel(): boolean {
    return this.cursor === this.known;
  }

  get held(): SizedEvent[] {
    return [...this.#held.values()].flat();
  }

  /** The end of what is missing next. */
  get missingUpTo(): number {
    return this.#held.size === 0 ? this.known : Math.min(...this.#held.keys()) - 1;
  }

  /** Who is to be asked next. */
  get candidate(): string | undefined {
    return [...this.#candidates][0];
  }

  /** An answer may still come. */
  get isAnswerDue(): boolean {
    return this.#unanswered.size > 0;
  }

  /** What is `next` is not kept: the caller delivers it, and then what is ready behind it. */
  receive(sized: SizedEvent): Reception {
    const { seq, eventId } = sized.event;
    if (seq <= this.cursor) return 'past';
    if (seq === this.cursor + 1) {
      this.#advance();
      return 'next';
    }
    this.known = Math.max(this.known, seq);
    const held = this.#held.get(seq) ?? [];
    const isHeld = held.some(({ event }) => event.eventId === eventId);
    if (!isHeld && this.#budget.take(sized.bytes)) this.#held.set(seq, [...held, sized]);
    return 'early';
  }

  /** `memberId` has come as far as `seq`. */
  hearHead(seq: number, memberId: string): void {
    this.known = Math.max(this.known, seq);
    if (!this.#tried.has(memberId)) this.#candidates.add(memberId);
  }

  noteAsked(memberId: string): void {
    this.#unanswered.add(memberId);
  }

  /** Answers whether `memberId` was asked, and has not answered before. */
  noteAnswered(memberId: string): boolean {
    return this.#unanswered.delete(memberId);
  }

  /** `memberId` has not got what is missing next, or does not answer. */
  strike(memberId: string): void {
    this.#candidates.delete(memberId);
    this.#tried.add(memberId);
  }

  forgetCandidates(): void {
    this.#candidates.clear();
    this.#tried.clear();
  }

  /** The wire was closed: no answer comes any more. */
  standStill(): void {
    this.forgetCandidates();
    this.#unanswered.clear();
  }

  /** Takes out what is next; nothing where it is not here. */
  takeNext(): readonly SizedEvent[] {
    if (!this.#held.has(this.cursor + 1)) return [];
    this.#advance();
    return this.#take(this.cursor);
  }

  /** Goes on behind `seq`, which came out of turn: somebody else used this publisher's name, or its numbers. */
  restartAt(seq: number): void {
    this.cursor = seq;
    this.#dropHeld(() => true);
    this.known = seq;
    this.forgetCandidates();
  }

  /** The publisher itself says that there is nothing behind `head`: what is held from there on is not its own. */
  cutAt(head: number): void {
    this.#dropHeld((seq) => seq > head);
    this.known = Math.max(this.cursor, Math.min(this.known, head));
  }

  /** Goes on without what is missing next; answers how many that were. */
  skipMissing(): number {
    const upTo = this.missingUpTo;
    const count = upTo - this.cursor;
    this.cursor = upTo;
    this.since = null;
    return count;
  }

  /** By numbers from now on: nothing up to `seq` is wanted, but for what is here already. */
  settleSince(seq: number): void {
    this.since = null;
    this.cursor = Math.max(this.cursor, Math.min(seq, this.missingUpTo));
  }

  /** Gives back what it takes of the budget. */
  close(): void {
    this.#dropHeld(() => true);
  }

  #advance(): void {
    this.cursor += 1;
    this.since = null;
    this.known = Math.max(this.known, this.cursor);
    this.#tried.clear();
  }

  #take(seq: number): readonly SizedEvent[] {
    const held = this.#held.get(seq) ?? [];
    for (const { bytes } of held) this.#budget.settleFailure(bytes);
    this.#held.delete(seq);
    return held;
  }

  #dropHeld(isDropped: (seq: number) => boolean): void {
    for (const seq of [...this.#held.keys()]) if (isDropped(seq)) this.#take(seq);
  }
}
