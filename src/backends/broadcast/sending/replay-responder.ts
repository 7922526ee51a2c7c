import { canBeCopied } from '../../../core/events/plain-copy.ts';
import type { Membership } from '../members/membership.ts';
import type {
  AskMessage,
  HelloMessage,
  HistoryMessage,
  RecallMessage,
  ReplayMessage,
  Unsigned,
  WireEvent,
} from '../wire/messages.ts';
import type { KnownStreams } from './known-streams.ts';
import type { ReplayBuffer } from './replay-buffer.ts';

type AnswerWithEvents =
  | Omit<Unsigned<ReplayMessage>, 'events'>
  | Omit<Unsigned<HistoryMessage>, 'events'>;

/** Answers members that join, and members that have missed events. */
export class ReplayResponder {
  readonly #membership: Membership;
  readonly #replayBuffer: ReplayBuffer;
  readonly #knownStreams: KnownStreams;

  constructor(membership: Membership, replayBuffer: ReplayBuffer, knownStreams: KnownStreams) {
    this.#membership = membership;
    this.#replayBuffer = replayBuffer;
    this.#knownStreams = knownStreams;
  }

  /**
   * A member that joins receives the position of this context's own events, and whether there is a history. A member
   * that returns receives all known positions.
   */
  answerHello({ from: to, joined, returned }: HelloMessage): void {
    const { selfId } = this.#membership;
    const positions = [
      ...joined.flatMap((channel) =>
        this.#knownStreams.positions(channel).filter(({ publisher }) => publisher === selfId),
      ),
      ...returned.flatMap((channel) => this.#knownStreams.positions(channel)),
    ];
    const histories = joined.filter((channel) => this.#replayBuffer.history(channel, 1).length > 0);
    // The context that joins waits for the answers of all members, also of those that have nothing.
    if (positions.length > 0 || joined.some((channel) => this.#membership.isMember(channel)))
      this.#membership.post({
        kind: 'heads',
        to,
        heads: positions,
        // The array itself can have properties that cannot be sent.
        joined: [...joined],
        histories,
      });
  }

  answerAsk(message: AskMessage): void {
    // The member may ask again for what does not fit one answer.
    this.#membership.wire.use();
    const { from: to, question, channel, publisher } = message;
    const known = this.#knownStreams.stream(channel, publisher);
    const { after, events } = this.#replayBuffer.replay(message, known);
    const head = known.lastSeq;
    this.#postEvents({ kind: 'replay', to, question, channel, publisher, head, after }, events);
  }

  answerRecall({ from: to, question, channel, count }: RecallMessage): void {
    const events = this.#replayBuffer.history(channel, count);
    const heads = this.#knownStreams.cursors(channel);
    this.#postEvents({ kind: 'history', to, question, channel, heads }, events);
  }

  /** A forged event can have properties that cannot be sent. The answer then lacks this event. */
  #postEvents(answer: AnswerWithEvents, events: readonly WireEvent[]): void {
    try {
      this.#membership.post({ ...answer, events });
    } catch {
      this.#membership.post({ ...answer, events: events.filter(canBeCopied) });
    }
  }
}
