import type { Stop } from '../../../core/runtime.ts';
import { afterListening } from '../members/after-listening.ts';
import type { Membership } from '../members/membership.ts';
import type { ReplayMessage, SizedEvent } from '../wire/messages.ts';
import type { PublisherStream } from './publisher-stream.ts';

/** After so long without an answer another member is asked. */
export const REPAIR_ANSWER_MS = 1_000;
/** For so long an answer that is due is waited for, when nobody else has what is missing: its sender may be busy. */
const LATE_ANSWER_MS = 3_000;
/** Nobody is asked: everybody was, who has what is missing. */
const EVERYBODY = '';

export interface GapRepairPorts {
  readonly membership: Membership;
  /** Asks everybody how far they have come. */
  readonly askAll: () => void;
  /** Delivers an event of the stream that came, if its turn has come, with what is ready behind it. */
  readonly accept: (stream: PublisherStream, sized: SizedEvent) => unknown;
  /** Something of the stream may be ready: it is to be delivered. */
  readonly deliverReady: (stream: PublisherStream) => void;
  /** What was missing is given up. */
  readonly onGivenUp: () => void;
}

interface Asked {
  readonly memberId: string;
  readonly stop: Stop;
}

/**
 * Gets what is missing in streams from those who have it: one member is asked at a time, in the order in which they said
 * that they have it. A member that has nothing of it, or has not answered in time, is not asked again. When nobody is
 * left, everybody is asked who has it. When nobody says so, and no answer comes late, the stream goes on without what is
 * missing, and that is reported. An answer is used whenever it comes.
 *
 * States of a stream: level; asking one; asking everybody. {@link repair}, answers and time go from one to another.
 */
export class GapRepair {
  readonly #ports: GapRepairPorts;
  readonly #asked = new Map<PublisherStream, Asked>();

  constructor(ports: GapRepairPorts) {
    this.#ports = ports;
  }

  /** Sees to it that a stream becomes level. */
  repair(stream: PublisherStream): void {
    if (stream.isLevel) {
      stream.forgetCandidates();
      return this.stop(stream);
    }
    const asked = this.#asked.get(stream)?.memberId;
    const { candidate } = stream;
    if (candidate === undefined && asked === undefined) {
      const waitMs = stream.isAnswerDue ? LATE_ANSWER_MS : REPAIR_ANSWER_MS;
      this.#wait(stream, EVERYBODY, waitMs, () => this.#giveUp(stream));
      this.#ports.askAll();
    } else if (candidate !== undefined && !asked) this.#ask(stream, candidate);
  }

  /** An answer; `events` are those of it that belong to the stream. */
  hear(
    stream: PublisherStream | undefined,
    message: ReplayMessage,
    events: readonly SizedEvent[],
  ): void {
    const { from, after, head } = message;
    if (!stream?.noteAnswered(from)) return this.#ports.membership.ignore('unexpected');
    // Only the publisher knows that nothing can be said of what came before; who else says so knows nothing.
    if (stream.since !== null && (after > 0 || from === stream.publisher))
      stream.settleSince(after);
    if (from === stream.publisher) stream.cutAt(head);
    this.#ports.deliverReady(stream);
    const { cursor } = stream;
    for (const sized of events) this.#ports.accept(stream, sized);
    const hasHelped = stream.cursor > cursor;
    // It may have been struck while it did not answer.
    if (hasHelped) stream.hearHead(head, from);
    else stream.strike(from);
    if (hasHelped || stream.isLevel || this.#asked.get(stream)?.memberId === from)
      this.stop(stream);
    this.repair(stream);
  }

  stop(stream: PublisherStream): void {
    this.#asked.get(stream)?.stop();
    this.#asked.delete(stream);
  }

  #ask(stream: PublisherStream, to: string): void {
    const { channel, publisher, cursor: after, since, missingUpTo: upTo } = stream;
    stream.noteAsked(to);
    this.#wait(stream, to, REPAIR_ANSWER_MS, () => {
      stream.strike(to);
      this.repair(stream);
    });
    this.#ports.membership.post({ kind: 'ask', to, channel, publisher, after, upTo, since });
  }

  #wait(stream: PublisherStream, memberId: string, waitMs: number, act: () => void): void {
    this.stop(stream);
    const stop = afterListening(this.#ports.membership.runtime, waitMs, () => {
      this.#asked.delete(stream);
      act();
    });
    this.#asked.set(stream, { memberId, stop });
  }

  /** There is no room for the stream any more: what has not been delivered of it never will be. */
  abandon(stream: PublisherStream): void {
    this.stop(stream);
    if (!stream.isLevel) this.#tellMissed(stream, stream.known - stream.cursor);
  }

  #tellMissed({ channel }: PublisherStream, count: number): void {
    this.#ports.membership.report({ type: 'events-missed', channel, count, reason: 'unrepaired' });
    this.#ports.onGivenUp();
  }

  #giveUp(stream: PublisherStream): void {
    this.#tellMissed(stream, stream.skipMissing());
    this.#ports.deliverReady(stream);
    this.repair(stream);
  }
}
