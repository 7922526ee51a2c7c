import type { Stop } from '../../../core/runtime.ts';
import { afterListening } from '../members/after-listening.ts';
import type { Membership } from '../members/membership.ts';
import type { HistoryMessage, ReplayMessage, SizedEvent } from '../wire/messages.ts';
import type { SeenIds } from '../wire/seen-ids.ts';
import type { ByteBudget } from './byte-budget.ts';
import { GapRepair, REPAIR_ANSWER_MS } from './gap-repair.ts';
import { HistoryRequest } from './history-request.ts';
import { PublisherStream, type Reception } from './publisher-stream.ts';

/** Whoever floods the wire with names cannot fill the memory. */
const MAX_STREAMS = 1_000;
/** Shorter than a stream waits for what it comes to. */
const ASK_ALL_MS = REPAIR_ANSWER_MS / 2;

export interface InboxParts {
  readonly membership: Membership;
  readonly history: number;
  readonly seen: SeenIds;
  readonly budget: ByteBudget;
  /** Next of its publisher; never twice. */
  readonly deliver: (sized: SizedEvent, isReplayed: boolean) => void;
}

/**
 * What a member receives on one channel: each publisher's events in their order, each once, and what was missed asked
 * for. While a history is awaited, what comes waits behind it.
 */
export class ChannelInbox {
  readonly channel: string;
  readonly #parts: InboxParts;
  readonly #repair: GapRepair;
  readonly #streams = new Map<string, PublisherStream>();
  /** Nothing that was published before is wanted of a publisher that was never heard. */
  #joinedAt: number;
  /** What was published since then was received in full, as far as this member knows. */
  #completeSince: number;
  /** It may have missed publishers altogether since it joined. */
  #hasStoodStill = false;
  #recall: HistoryRequest | undefined;
  #waiting: (() => void)[] = [];
  #askedAllAt = Number.NEGATIVE_INFINITY;
  #stopSettling: Stop | undefined;

  constructor(channel: string, parts: InboxParts) {
    const { membership, history } = parts;
    this.channel = channel;
    this.#parts = parts;
    this.#joinedAt = membership.runtime.now();
    this.#completeSince = this.#joinedAt;
    this.#repair = new GapRepair({
      membership,
      askAll: () => this.#askAll(),
      accept: (stream, sized) => this.#accept(stream, sized),
      deliverReady: (stream) => this.#deliverReady(stream),
      onGivenUp: () => {
        this.#completeSince = membership.runtime.now();
      },
    });
    if (history > 0)
      this.#recall = new HistoryRequest(membership, channel, history, () => this.#endRecall());
  }

  get streams(): readonly PublisherStream[] {
    return [...this.#streams.values()];
  }

  get completeSince(): number {
    return this.#completeSince;
  }

  receive(sized: SizedEvent): void {
    if (this.#defers(sized.bytes, () => this.receive(sized))) return;
    const { publisher, seq, eventId } = sized.event;
    const stream = this.#streamOf(publisher, seq - 1);
    const reception = this.#accept(stream, sized);
    if (reception === 'early') stream.hearHead(seq, publisher);
    if (reception !== 'past') this.#repair.repair(stream);
    else if (!this.#parts.seen.has(eventId)) {
      this.#repair.stop(stream);
      stream.restartAt(seq);
      this.#deliver(sized);
    }
  }

  /** What this context published itself: it comes in order by itself. */
  receiveOwn(sized: SizedEvent): void {
    if (!this.#defers(sized.bytes, () => this.#deliver(sized))) this.#deliver(sized);
  }

  /** `memberId` has come as far as `seq` with `publisher`. */
  hearHead(publisher: string, seq: number, memberId: string): void {
    if (this.#defers(0, () => this.hearHead(publisher, seq, memberId))) return;
    // Of what came before one that joined just now, only the publisher itself can tell.
    const isOther = memberId !== publisher && !this.#hasStoodStill;
    if (publisher === this.#parts.membership.selfId || (isOther && !this.#streams.has(publisher)))
      return;
    const stream = this.#streamOf(publisher, seq);
    if (seq > stream.cursor) stream.hearHead(seq, memberId);
    this.#repair.repair(stream);
  }

  hearReplay(message: ReplayMessage, events: readonly SizedEvent[]): void {
    const { publisher } = message;
    const ours = events.filter(({ event }) => event.publisher === publisher);
    this.#repair.hear(this.#streams.get(publisher), message, ours);
  }

  /** These may have a history, and say whether they do. */
  expectHistories(memberIds: readonly string[]): void {
    this.#recall?.expect(memberIds);
  }

  hearWhetherHistory(memberId: string, hasHistory: boolean): void {
    this.#recall?.hear(memberId, hasHistory);
  }

  hearHistory({ from, heads }: HistoryMessage, events: readonly SizedEvent[]): void {
    if (!this.#recall?.isFrom(from)) return this.#parts.membership.ignore('unexpected');
    for (const sized of events) this.#deliver(sized, true);
    for (const { publisher, seq } of heads) this.#streamOf(publisher, seq);
    this.#endRecall();
  }

  /** It may have missed events, also of publishers that it has never heard. */
  doubt(): void {
    this.#hasStoodStill = true;
  }

  standStill(): void {
    this.doubt();
    this.#endRecall();
    this.#stopSettling?.();
    for (const stream of this.#streams.values()) {
      this.#repair.stop(stream);
      stream.standStill();
    }
  }

  /** Others were asked what was missed; when they have had time to say so, the rest cannot be had. */
  goOn(): void {
    this.#stopSettling?.();
    this.#stopSettling = afterListening(this.#parts.membership.runtime, REPAIR_ANSWER_MS, () => {
      for (const stream of this.#streams.values()) this.#repair.repair(stream);
    });
  }

  close(): void {
    this.#endRecall();
    this.#stopSettling?.();
    for (const stream of this.#streams.values()) {
      this.#repair.stop(stream);
      stream.close();
    }
  }

  #defers(bytes: number, act: () => void): boolean {
    if (this.#recall === undefined) return false;
    const { budget } = this.#parts;
    const hasRoom = budget.take(bytes);
    if (!hasRoom) this.#endRecall();
    else
      this.#waiting.push(() => {
        budget.settleFailure(bytes);
        act();
      });
    return hasRoom;
  }

  /** What waited for the history comes now. */
  #endRecall(): void {
    this.#recall?.end();
    this.#recall = undefined;
    for (const act of this.#waiting.splice(0)) act();
  }

  /** One question does for all streams that are at a loss at the same time. */
  #askAll(): void {
    const { membership } = this.#parts;
    const now = membership.runtime.now();
    if (Math.abs(now - this.#askedAllAt) < ASK_ALL_MS) return;
    this.#askedAllAt = now;
    membership.sayHello({ returned: [this.channel] });
  }

  #accept(stream: PublisherStream, sized: SizedEvent): Reception {
    const reception = stream.receive(sized);
    if (reception !== 'next') return reception;
    this.#deliver(sized);
    this.#deliverReady(stream);
    return reception;
  }

  #deliverReady(stream: PublisherStream): void {
    for (let next = stream.takeNext(); next.length > 0; next = stream.takeNext())
      for (const sized of next) this.#deliver(sized);
  }

  #deliver(sized: SizedEvent, isReplayed = false): void {
    const { seen, deliver } = this.#parts;
    if (seen.has(sized.event.eventId)) return;
    seen.add(sized.event.eventId);
    deliver(sized, isReplayed);
  }

  /** A publisher's stream; one that was never heard begins behind `cursor`, or where this member joined. */
  #streamOf(publisher: string, cursor: number): PublisherStream {
    const stream = this.#streams.get(publisher) ?? this.#newStream(publisher, cursor);
    stream.heardAt = this.#parts.membership.runtime.now();
    // The last of them is the one that was heard last.
    this.#streams.delete(publisher);
    this.#streams.set(publisher, stream);
    return stream;
  }

  #newStream(publisher: string, cursor: number): PublisherStream {
    if (this.#streams.size >= MAX_STREAMS) this.#forgetOldest();
    const name = { channel: this.channel, publisher };
    const isLate = this.#hasStoodStill && cursor > 0;
    const { budget } = this.#parts;
    const [after, since] = isLate ? [0, this.#joinedAt] : [cursor, null];
    return new PublisherStream(name, after, since, budget);
  }

  /** Forgets the publisher that was not heard for longest. Should it be heard again, it begins where it was forgotten. */
  #forgetOldest(): void {
    const [oldest] = this.#streams.values();
    if (oldest === undefined) return;
    this.#repair.abandon(oldest);
    oldest.close();
    this.#streams.delete(oldest.publisher);
    this.#joinedAt = Math.max(this.#joinedAt, oldest.heardAt);
  }
}
