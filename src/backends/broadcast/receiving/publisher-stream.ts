import type { SizedEvent } from '../wire/messages.ts';
import { type ByteBudget, costOf } from './byte-budget.ts';

/** The place of a received event in its stream: directly after the cursor, after a gap, or at or before the cursor. */
export type Reception = 'in-order' | 'ahead' | 'behind';

/**
 * The events of one publisher on one channel, in their order. gap-repair.ts decides which context is asked for a gap.
 *
 * Invariants: everything up to `cursor` is delivered or given up. `lastSeq` is the greatest number that is known to
 * exist, and at least `cursor`. All buffered events have greater numbers than `cursor`. The stream is complete if
 * `cursor` and `lastSeq` are equal.
 */
export class PublisherStream {
  readonly channel: string;
  readonly publisher: string;
  /** By member that was asked: the number of its last question, which it has not answered. An answer is used however late it comes. */
  readonly asked: Map<string, number> = new Map();
  cursor: number;
  lastSeq: number;
  /** Set while the first wanted number is unknown: only events that were published since this time are wanted. */
  since: number | null;
  /** The number of the first wanted event. Undefined where `since` decides which events are wanted. */
  first: number | undefined;
  /** What the buffered events take of the budget. */
  bufferedCost = 0;
  /** When this context last received something about this stream. */
  receivedAt = 0;
  readonly #budget: ByteBudget;
  /** The buffered events by number. A forged event can have the number of a real one, and neither may replace the other. */
  readonly #buffered = new Map<number, SizedEvent[]>();
  /** Members that may have the missing events. */
  readonly #candidates = new Set<string>();
  /** Members that do not have the next missing event, or have not answered. */
  readonly #excluded = new Set<string>();
  /** The numbers that were buffered when the publisher was asked, and the greatest number that was learnt since. */
  readonly #sinceAsked = { buffered: new Set<number>(), learnt: 0 };

  constructor(
    { channel, publisher }: Pick<PublisherStream, 'channel' | 'publisher'>,
    cursor: number,
    since: number | null,
    budget: ByteBudget,
  ) {
    this.channel = channel;
    this.publisher = publisher;
    this.cursor = cursor;
    this.lastSeq = cursor;
    this.since = since;
    this.first = since === null ? cursor + 1 : undefined;
    this.#budget = budget;
  }

  get isComplete(): boolean {
    return this.cursor === this.lastSeq;
  }

  /** How many events are known to exist and have not arrived. */
  get missing(): number {
    return this.lastSeq - this.cursor - this.#buffered.size;
  }

  get buffered(): SizedEvent[] {
    return [...this.#buffered.values()].flat();
  }

  /** The last number of the first gap. */
  get gapEnd(): number {
    return this.#buffered.size === 0 ? this.lastSeq : Math.min(...this.#buffered.keys()) - 1;
  }

  /** The member to ask next. */
  get candidate(): string | undefined {
    return [...this.#candidates][0];
  }

  /** Buffers an event that is ahead. The caller delivers one that is in order, and then calls {@link takeReady}. */
  receive(sized: SizedEvent): Reception {
    const { seq, eventId } = sized.event;
    if (seq <= this.cursor) return 'behind';
    if (seq === this.cursor + 1) {
      this.#advance();
      return 'in-order';
    }
    this.#learn(seq);
    const isBuffered = this.#buffered.get(seq)?.some(({ event }) => event.eventId === eventId);
    if (!isBuffered && this.#budget.take(sized.bytes)) this.#buffer(sized);
    // For room, this stream may have been continued behind its gap.
    return seq > this.cursor ? 'ahead' : 'behind';
  }

  #buffer(sized: SizedEvent): void {
    const { seq } = sized.event;
    if (seq <= this.cursor) return this.#budget.release(sized.bytes);
    this.#buffered.set(seq, [...(this.#buffered.get(seq) ?? []), sized]);
    this.bufferedCost += costOf(sized.bytes);
  }

  /** `memberId` knows of all events up to `seq`. */
  addCandidate(memberId: string, seq: number): void {
    this.#learn(seq);
    if (!this.#excluded.has(memberId)) this.#candidates.add(memberId);
  }

  /** `memberId` does not have the next missing event, or does not answer. */
  exclude(memberId: string): void {
    this.#candidates.delete(memberId);
    this.#excluded.add(memberId);
  }

  reset(): void {
    this.#candidates.clear();
    this.#excluded.clear();
  }

  /** The wire was closed, so no answer can come. */
  suspend(): void {
    this.reset();
    this.asked.clear();
  }

  /** `memberId` is asked now. */
  noteAsked(memberId: string, question: number): void {
    if (memberId === this.publisher) {
      this.#sinceAsked.buffered = new Set(this.#buffered.keys());
      this.#sinceAsked.learnt = 0;
    }
    this.asked.set(memberId, question);
  }

  /** Removes and returns the events that are in order now, and moves the cursor behind them. */
  takeReady(): readonly SizedEvent[] {
    const ready: SizedEvent[] = [];
    while (this.#buffered.has(this.cursor + 1)) {
      this.#advance();
      ready.push(...this.#take(this.cursor));
    }
    return ready;
  }

  /** Events behind `seq` are wanted, too. Changes nothing where one has arrived since the stream began, because the order goes first. */
  rewind(seq: number): void {
    if (this.first !== this.cursor + 1 || seq >= this.cursor) return;
    this.cursor = seq;
    this.first = seq + 1;
  }

  /**
   * Continues behind `seq`, a number that was already passed: another context used this publisher's name or numbers. Returns
   * the buffered events. They may be real, so the caller delivers them.
   */
  restart(seq: number): readonly SizedEvent[] {
    const buffered = this.takeAll();
    this.first = Math.min(seq, this.first ?? seq);
    this.cursor = seq;
    this.lastSeq = seq;
    this.#sinceAsked.learnt = 0;
    this.reset();
    return buffered;
  }

  /**
   * The publisher itself had published nothing behind `lastSeq` when it answered its last question, so greater numbers that were known when it was
   * asked are forged, or this answer is. Returns the events with these numbers, and the caller delivers them. An event with
   * another number may be newer than the answer, because a wire need not keep the order.
   */
  truncate(lastSeq: number): readonly SizedEvent[] {
    const taken = this.#takeIf((seq) => seq > lastSeq && this.#sinceAsked.buffered.has(seq));
    this.lastSeq = Math.max(this.cursor, Math.min(this.lastSeq, lastSeq), this.#sinceAsked.learnt);
    return taken;
  }

  /** Continues behind the first gap. Returns how many events were in it. */
  skipGap(): number {
    const { gapEnd, cursor } = this;
    this.cursor = gapEnd;
    this.since = null;
    return gapEnd - cursor;
  }

  /** Nothing up to `seq` is wanted, except what is buffered. `isAll`: everything behind `seq` is wanted. */
  resolveSince(seq: number, isAll: boolean): void {
    if (isAll) this.since = null;
    this.cursor = Math.max(this.cursor, Math.min(seq, this.gapEnd));
  }

  /** Removes and returns all buffered events, and so releases what they take of the budget. */
  takeAll(): readonly SizedEvent[] {
    return this.#takeIf(() => true);
  }

  #learn(seq: number): void {
    this.lastSeq = Math.max(this.lastSeq, seq);
    this.#sinceAsked.learnt = Math.max(this.#sinceAsked.learnt, seq);
  }

  #advance(): void {
    this.cursor += 1;
    this.since = null;
    this.lastSeq = Math.max(this.lastSeq, this.cursor);
    this.#excluded.clear();
  }

  #take(seq: number): readonly SizedEvent[] {
    const buffered = this.#buffered.get(seq) ?? [];
    for (const { bytes } of buffered) {
      this.#budget.release(bytes);
      this.bufferedCost -= costOf(bytes);
    }
    this.#buffered.delete(seq);
    return buffered;
  }

  /** In the order of the numbers. */
  #takeIf(isTaken: (seq: number) => boolean): readonly SizedEvent[] {
    const seqs = [...this.#buffered.keys()].sort((left, right) => left - right);
    return seqs.filter(isTaken).flatMap((seq) => this.#take(seq));
  }
}
