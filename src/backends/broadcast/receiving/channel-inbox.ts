import type { Stop } from '../../../core/runtime.ts';
import type { Membership } from '../members/membership.ts';
import { answerTimeout } from '../wire/answer-timeout.ts';
import type {
  HistoryMessage,
  Position,
  ReplayMessage,
  SizedEvent,
  WireEvent,
} from '../wire/messages.ts';
import type { SeenIds } from '../wire/seen-ids.ts';
import type { ByteBudget } from './byte-budget.ts';
import { GapRepair, REPAIR_ANSWER_MS, type RepairedInbox } from './gap-repair.ts';
import { HistoryRequest } from './history-request.ts';
import { PublisherStream, type Reception } from './publisher-stream.ts';

/** Bounds the memory that forged publisher names can fill. */
const MAX_STREAMS = 1_000;
/** This is shorter than the time for which a stream waits for answers. */
const ASK_ALL_MS = REPAIR_ANSWER_MS / 2;

/** What the inboxes of all channels share. */
export interface SharedInbox {
  readonly membership: Membership;
  readonly history: number;
  readonly budget: ByteBudget;
  /** Keeps an event for members that miss it. */
  keep(sized: SizedEvent): void;
  /** Delivers an event in the order of its publisher, and each event once. */
  deliver(sized: SizedEvent, isReplayed: boolean): void;
}

/**
 * What this member receives on one channel. It delivers each publisher's events in their order and each event once, and
 * requests missing events. While a history is requested all this goes on, except that the events wait for the history before they
 * are delivered.
 */
export class ChannelInbox implements RepairedInbox {
  readonly channel: string;
  readonly membership: Membership;
  /** The ids of the last received events. */
  readonly seen: SeenIds;
  readonly #shared: SharedInbox;
  readonly #repair: GapRepair;
  /** In the order in which they last received something. */
  readonly #streams = new Map<string, PublisherStream>();
  /** Events that wait for the history. */
  readonly #waiting: SizedEvent[] = [];
  /** This context wants no event of unknown publishers that was published before this time. */
  #joinedAt: number;
  /** This member has not given up any event that was published since this time. */
  completeSince: number;
  /** This member may have missed all events of a publisher that it does not know. */
  #suspectsLoss = false;
  #historyRequest: HistoryRequest | undefined;
  #askedAllAt = Number.NEGATIVE_INFINITY;
  #stopResuming: Stop | undefined;

  constructor(channel: string, shared: SharedInbox, seen: SeenIds) {
    const { membership, history } = shared;
    this.channel = channel;
    this.seen = seen;
    this.membership = membership;
    this.#shared = shared;
    this.#joinedAt = membership.runtime.now();
    this.completeSince = this.#joinedAt;
    this.#repair = new GapRepair(this);
    if (history > 0)
      this.#historyRequest = new HistoryRequest(membership, channel, history, () =>
        this.#endHistoryRequest(),
      );
  }

  get streams(): readonly PublisherStream[] {
    return [...this.#streams.values()];
  }

  receive(sized: SizedEvent): void {
    const { publisher, seq, eventId } = sized.event;
    const stream = this.#streamOf(publisher, seq - 1);
    const reception = this.accept(stream, sized);
    if (reception === 'ahead') stream.addCandidate(publisher, seq);
    if (reception !== 'behind') this.#repair.repair(stream);
    else if (!this.seen.has(eventId)) {
      this.#repair.stop(stream);
      this.deliver([...stream.restart(seq), sized]);
    }
  }

  /** Receives the events of this context itself, which are always in order. */
  receiveOwn(sized: SizedEvent): void {
    this.#deliver(sized);
  }

  /** `memberId` knows of all events of the publisher up to `seq`. */
  add(memberId: string, position: Position): void {
    const { publisher, seq } = position;
    // Only a publisher itself knows which of its events are older than the membership of this context.
    const isOther = memberId !== publisher && !this.#suspectsLoss;
    if (publisher === this.membership.selfId || (isOther && !this.#streams.has(publisher))) return;
    const stream = this.#streamOf(publisher, seq);
    if (seq > stream.cursor) stream.addCandidate(memberId, seq);
    this.#repair.repair(stream);
  }

  receiveReplay(message: ReplayMessage, events: readonly SizedEvent[]): void {
    const { publisher } = message;
    const ofStream = events.filter(({ event }) => event.publisher === publisher);
    this.#repair.receive(this.#streams.get(publisher), message, ofStream);
  }

  /** These members answer whether they have a history. */
  expect(memberIds: readonly string[]): void {
    this.#historyRequest?.expect(memberIds);
  }

  offer(memberId: string, hasHistory: boolean): void {
    this.#historyRequest?.receive(memberId, hasHistory);
  }

  receiveHistory({ from, heads }: HistoryMessage, events: readonly SizedEvent[]): void {
    if (this.#historyRequest?.memberId !== from) return this.membership.ignore('unexpected');
    const wanted = new Set<string>();
    for (const sized of events)
      if (this.#isWanted(sized.event)) wanted.add(sized.event.publisher);
      else this.#deliver(sized, true);
    for (const { publisher, seq } of heads)
      this.#streamOf(publisher, seq, this.#suspectsLoss || wanted.has(publisher));
    this.#endHistoryRequest();
    // The history may lack events that were published since this member joined.
    for (const head of heads) this.add(from, head);
  }

  /** Whether this member receives the event without a history, or has received it. */
  #isWanted({ publisher, seq, createdAt }: WireEvent): boolean {
    const stream = this.#streams.get(publisher);
    return stream?.first === undefined ? createdAt > this.#joinedAt : seq >= stream.first;
  }

  /** This member may have missed events, also those of publishers that it does not know. */
  suspectLoss(): void {
    this.#suspectsLoss = true;
  }

  suspend(): void {
    this.suspectLoss();
    this.#endHistoryRequest();
    this.#stopResuming?.();
    for (const stream of this.#streams.values()) {
      this.#repair.stop(stream);
      stream.suspend();
    }
  }

  /** All contexts were asked for their positions. Events that none of them announces in time are given up. */
  resume(): void {
    this.#stopResuming?.();
    this.#stopResuming = answerTimeout(this.membership.runtime, REPAIR_ANSWER_MS, () => {
      for (const stream of this.#streams.values()) this.#repair.repair(stream);
    });
  }

  close(): void {
    this.suspend();
    for (const stream of this.#streams.values()) stream.takeAll();
  }

  /** Whether the event waits for the history. Without room for it, the history is given up. */
  #waits(sized: SizedEvent): boolean {
    if (this.#historyRequest === undefined) return false;
    const hasRoom = this.#shared.budget.take(sized.bytes);
    if (hasRoom) this.#waiting.push(sized);
    else this.#endHistoryRequest();
    return hasRoom;
  }

  #endHistoryRequest(): void {
    this.#historyRequest?.stop();
    this.#historyRequest = undefined;
    for (const sized of this.#waiting.splice(0)) {
      this.#shared.budget.release(sized.bytes);
      this.#shared.deliver(sized, false);
    }
  }

  /** One message asks for all streams that lack events at the same time. */
  askAll(): void {
    const now = this.membership.runtime.now();
    if (Math.abs(now - this.#askedAllAt) < ASK_ALL_MS) return;
    this.#askedAllAt = now;
    this.membership.sayHello({ returned: [this.channel] });
  }

  /** Delivers the first buffered event of the stream without those before it, and reports these as missed. */
  giveUp(stream: PublisherStream): void {
    this.#repair.giveUp(stream);
  }

  onMissed(): void {
    this.completeSince = this.membership.runtime.now();
  }

  accept(stream: PublisherStream, sized: SizedEvent): Reception {
    const reception = stream.receive(sized);
    if (reception === 'in-order') this.#deliver(sized);
    this.deliverReady(stream);
    return reception;
  }

  deliverReady(stream: PublisherStream): void {
    this.deliver(stream.takeReady());
  }

  deliver(events: readonly SizedEvent[]): void {
    for (const sized of events) this.#deliver(sized);
  }

  #deliver(sized: SizedEvent, isReplayed = false): void {
    if (this.seen.has(sized.event.eventId)) return;
    this.seen.add(sized.event.eventId);
    this.#shared.keep(sized);
    if (isReplayed || !this.#waits(sized)) this.#shared.deliver(sized, isReplayed);
  }

  /** A publisher's stream. The stream of an unknown publisher begins behind `cursor`, or when this member joined. */
  #streamOf(publisher: string, cursor: number, isLate = this.#suspectsLoss): PublisherStream {
    const stream = this.#streams.get(publisher) ?? this.#newStream(publisher, cursor, isLate);
    stream.receivedAt = this.membership.runtime.now();
    this.#streams.delete(publisher);
    this.#streams.set(publisher, stream);
    return stream;
  }

  #newStream(publisher: string, cursor: number, isLate: boolean): PublisherStream {
    if (this.#streams.size >= MAX_STREAMS) this.#removeOldest();
    const name = { channel: this.channel, publisher };
    const { budget } = this.#shared;
    const [after, since] = isLate && cursor > 0 ? [0, this.#joinedAt] : [cursor, null];
    return new PublisherStream(name, after, since, budget);
  }

  /** Removes the stream that has received nothing for longest. If its publisher is received again, it continues there. */
  #removeOldest(): void {
    const [oldest] = this.#streams.values();
    if (oldest === undefined) return;
    this.#repair.drop(oldest);
    this.#streams.delete(oldest.publisher);
    this.#joinedAt = Math.max(this.#joinedAt, oldest.receivedAt);
  }
}
