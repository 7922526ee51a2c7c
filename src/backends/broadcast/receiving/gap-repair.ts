import type { Stop } from '../../../core/runtime/runtime.ts';
import type { Membership } from '../members/membership.ts';
import { answerTimeout } from '../wire/answer-timeout.ts';
import type { ReplayMessage, SizedEvent } from '../wire/messages.ts';
import type { PublisherStream } from './publisher-stream.ts';

/** After this time without an answer another member is asked. */
export const REPAIR_ANSWER_MS = 1_000;
/** How long to wait for a late answer. The asked member may be busy, and no other may have the missing events. */
const LATE_ANSWER_MS = 3_000;
/** In place of a member id: all contexts were asked. */
const ALL = '';

/** The inbox whose streams are repaired. */
export interface RepairedInbox {
  readonly membership: Membership;
  /** Asks all contexts which events they know of. */
  askAll(): void;
  /** Delivers an event that is in order, with the buffered events behind it. */
  accept(stream: PublisherStream, sized: SizedEvent): unknown;
  /** Delivers these events, whatever their place in the stream. */
  deliver(events: readonly SizedEvent[]): void;
  /** Delivers the buffered events that are in order now. */
  deliverReady(stream: PublisherStream): void;
  /** Missing events were given up. */
  onMissed(): void;
}

interface Asked {
  readonly memberId: string;
  readonly stop: Stop;
}

/**
 * Gets the missing events of streams from members that have them. It asks one member at a time, in the order in which
 * they announced their positions. It does not ask a member again that has none of the events, or has not answered in
 * time. When no member is left, it asks all contexts which of them has the events. When none announces them, and no
 * late answer comes, the stream continues without the missing events, and the loss is reported. An answer is used
 * whenever it comes.
 *
 * States of a stream: complete; asking one member; asking all. {@link repair}, answers and time change the state.
 */
export class GapRepair {
  readonly #inbox: RepairedInbox;
  readonly #asked = new Map<PublisherStream, Asked>();

  constructor(inbox: RepairedInbox) {
    this.#inbox = inbox;
  }

  /** Begins to repair a stream, unless it is complete or under repair. */
  repair(stream: PublisherStream): void {
    if (stream.isComplete) {
      stream.reset();
      return this.stop(stream);
    }
    const asked = this.#asked.get(stream)?.memberId;
    const { candidate } = stream;
    if (candidate === undefined && asked === undefined) {
      const waitMs = stream.asked.size > 0 ? LATE_ANSWER_MS : REPAIR_ANSWER_MS;
      this.#wait(stream, ALL, waitMs, () => this.giveUp(stream));
      this.#inbox.askAll();
    } else if (candidate !== undefined && !asked) this.#ask(stream, candidate);
  }

  /** Receives an answer. `events` are the events in the answer that belong to the stream. */
  receive(
    stream: PublisherStream | undefined,
    message: ReplayMessage,
    events: readonly SizedEvent[],
  ): void {
    const { from, after, head, question } = message;
    const asked = stream?.asked.get(from);
    if (!stream || !asked) return this.#inbox.membership.ignore('unexpected');
    const isCurrent = asked === question;
    if (isCurrent) stream.asked.delete(from);
    // The answer to an earlier question, late or for the second time, does not say what was published since.
    const isPublisher = isCurrent && from === stream.publisher;
    // An answer of 0 means that no event is known to be older. Only the publisher can be sure that none is. Another context that
    // knows of no later event cannot say whether those behind its last one are older, too.
    if (stream.since !== null && (after > 0 || isPublisher))
      stream.resolveSince(after, isPublisher || after < head);
    if (isPublisher) this.#inbox.deliver(stream.truncate(head));
    this.#inbox.deliverReady(stream);
    const { cursor } = stream;
    for (const sized of events) this.#inbox.accept(stream, sized);
    const hasHelped = stream.cursor > cursor;
    // What the publisher has published since its answer, it is asked for again.
    const isOlder = isPublisher && stream.lastSeq > head;
    // The member may have been excluded before its answer arrived.
    if (hasHelped || isOlder) stream.addCandidate(from, head);
    else stream.exclude(from);
    const isAwaited = isCurrent && this.#asked.get(stream)?.memberId === from;
    if (hasHelped || stream.isComplete || isAwaited) this.stop(stream);
    this.repair(stream);
  }

  stop(stream: PublisherStream): void {
    this.#asked.get(stream)?.stop();
    this.#asked.delete(stream);
  }

  /** Ends the repair of a stream that is removed: delivers what has arrived, and reports what has not. */
  drop(stream: PublisherStream): void {
    this.stop(stream);
    if (stream.missing > 0) this.#reportMissed(stream, stream.missing);
    this.#inbox.deliver(stream.takeAll());
  }

  /** Continues the stream behind its first gap, and reports the loss. */
  giveUp(stream: PublisherStream): void {
    this.#reportMissed(stream, stream.skipGap());
    this.#inbox.deliverReady(stream);
    this.repair(stream);
  }

  #ask(stream: PublisherStream, to: string): void {
    const { channel, publisher, cursor: after, since, gapEnd: upTo } = stream;
    this.#wait(stream, to, REPAIR_ANSWER_MS, () => {
      stream.exclude(to);
      this.repair(stream);
    });
    const question = { kind: 'ask', to, channel, publisher, after, upTo, since } as const;
    stream.noteAsked(to, this.#inbox.membership.postQuestion(question));
  }

  #wait(stream: PublisherStream, memberId: string, waitMs: number, onTimeout: () => void): void {
    this.stop(stream);
    const stop = answerTimeout(this.#inbox.membership.runtime, waitMs, () => {
      this.#asked.delete(stream);
      onTimeout();
    });
    this.#asked.set(stream, { memberId, stop });
  }

  #reportMissed({ channel }: PublisherStream, count: number): void {
    this.#inbox.membership.report({ type: 'events-missed', channel, count, reason: 'unrepaired' });
    this.#inbox.onMissed();
  }
}
