import type { Stop } from '../../../core/runtime/runtime.ts';
import type { Membership } from '../members/membership.ts';
import { answerTimeout } from '../wire/answer-timeout.ts';
import type { HistoryMessage, Position, ReplayMessage, SizedEvent } from '../wire/messages.ts';
import type { SeenIds } from '../wire/seen-ids.ts';
import type { ByteBudget } from './byte-budget.ts';
import { GapRepair, REPAIR_ANSWER_MS, type RepairedInbox } from './gap-repair.ts';
import { HistoryRequest } from './history-request.ts';
import type { PublisherStream, Reception } from './publisher-stream.ts';
import { PublisherStreams } from './publisher-streams.ts';

/** This is shorter than the time for which a stream waits for answers. */
const ASK_ALL_MS = REPAIR_ANSWER_MS / 2;

/** Events that wait for others. */
export interface Buffer {
  /** What they take of the budget. */
  readonly cost: number;
  /** Waits no longer: delivers some of the events without those for which they wait. */
  end(): void;
}

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
  readonly #streams: PublisherStreams;
  /** This member has not given up any event that was published since this time. */
  completeSince: number;
  #historyRequest: HistoryRequest | undefined;
  #askedAllAt = Number.NEGATIVE_INFINITY;
  #stopResuming: Stop | undefined;

  constructor(channel: string, shared: SharedInbox, seen: SeenIds) {
    const { membership, history } = shared;
    this.channel = channel;
    this.seen = seen;
    this.membership = membership;
    this.#shared = shared;
    this.completeSince = membership.runtime.now();
    this.#repair = new GapRepair(this);
    this.#streams = new PublisherStreams(channel, shared.budget, membership.runtime, (removed) =>
      this.#repair.drop(removed),
    );
    if (history > 0)
      this.#historyRequest = new HistoryRequest(membership, channel, history, () =>
        this.#endHistoryRequest(),
      );
  }

  get streams(): readonly PublisherStream[] {
    return this.#streams.all();
  }

  /** Each buffer of received events. */
  get buffers(): readonly Buffer[] {
    const history = {
      cost: this.#historyRequest?.waitingCost ?? 0,
      end: () => this.#endHistoryRequest(),
    };
    const ofStreams = this.#streams.all().map((stream) => ({
      cost: stream.bufferedCost,
      end: () => this.#repair.giveUp(stream),
    }));
    return [history, ...ofStreams];
  }

  receive(sized: SizedEvent): void {
    const { publisher, seq, eventId } = sized.event;
    const stream = this.#streams.receiving(publisher, seq - 1);
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
    const isOther = memberId !== publisher && !this.#streams.suspectsLoss;
    const isUnknown = this.#streams.get(publisher) === undefined;
    if (publisher === this.membership.selfId || (isOther && isUnknown)) return;
    const stream = this.#streams.receiving(publisher, seq);
    if (memberId === publisher) this.#streams.announce(stream, seq);
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

  receiveHistory({ from, question, heads }: HistoryMessage, events: readonly SizedEvent[]): void {
    // The question may have been one of an earlier membership.
    if (this.#historyRequest?.question !== question) return this.membership.ignore('unexpected');
    const wanted = new Set<string>();
    for (const sized of events)
      if (this.#streams.wants(sized.event)) wanted.add(sized.event.publisher);
      else this.#deliver(sized, true);
    for (const { publisher, seq } of heads)
      this.#streams.nameInHistory(
        publisher,
        seq,
        this.#streams.suspectsLoss || wanted.has(publisher),
      );
    this.#endHistoryRequest();
    // The history may lack events that were published since this member joined.
    for (const head of heads) this.add(from, head);
  }

  /** This member may have missed events, also those of publishers that it does not know. */
  suspectLoss(): void {
    this.#streams.suspectsLoss = true;
  }

  suspend(): void {
    this.suspectLoss();
    this.#endHistoryRequest();
    this.#stopResuming?.();
    for (const stream of this.#streams.all()) {
      this.#repair.stop(stream);
      stream.suspend();
    }
  }

  /** All contexts were asked for their positions. Events that none of them announces in time are given up. */
  resume(): void {
    this.#stopResuming?.();
    this.#stopResuming = answerTimeout(this.membership.runtime, REPAIR_ANSWER_MS, () => {
      for (const stream of this.#streams.all()) this.#repair.repair(stream);
    });
  }

  close(): void {
    this.suspend();
    for (const stream of this.#streams.all()) stream.takeAll();
  }

  /** Whether the event waits for the history. Without room for it, the history is given up. */
  #waits(sized: SizedEvent): boolean {
    const request = this.#historyRequest;
    if (request === undefined) return false;
    const hasRoom = this.#shared.budget.take(sized.bytes);
    // For room, the history may have been given up.
    if (hasRoom && request === this.#historyRequest) {
      request.hold(sized);
      return true;
    }
    if (hasRoom) this.#shared.budget.release(sized.bytes);
    this.#endHistoryRequest();
    return false;
  }

  #endHistoryRequest(): void {
    const request = this.#historyRequest;
    this.#historyRequest = undefined;
    for (const sized of request?.end() ?? []) {
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
}
