import type { Stop } from '../../core/runtime.ts';
import type { Line } from './line.ts';
import type { ReplayMessage, SizedEvent } from './messages.ts';
import type { Stream } from './stream.ts';

/** Who does not answer for so long is not asked any more. */
export const ANSWER_MS = 1_000;
/** Nobody is asked: everybody was, who has what is missing. */
const EVERYBODY = '';

export interface RepairPorts {
  readonly line: Line;
  /** Asks everybody how far they have come. */
  readonly askAll: () => void;
  /** Delivers an event of the stream that came, if its turn has come, with what is ready behind it. */
  readonly accept: (stream: Stream, sized: SizedEvent) => unknown;
  /** Something of the stream may be ready: it is to be delivered. */
  readonly deliverReady: (stream: Stream) => void;
}

interface Asked {
  readonly memberId: string;
  readonly stop: Stop;
}

/**
 * Gets what is missing in streams from those who have it: one is asked at a time, in order of their telling so. Whoever has
 * nothing of it, or does not answer, is asked no more; when nobody is left, everybody is asked who has it, and when
 * nobody says so, the stream goes on without, and that is told.
 *
 * States of a stream: level; asking one; asking everybody. {@link repair}, answers and time go from one to another.
 */
export class Repair {
  readonly #ports: RepairPorts;
  readonly #asked = new Map<Stream, Asked>();

  constructor(ports: RepairPorts) {
    this.#ports = ports;
  }

  /** Sees to it that a stream becomes level. */
  repair(stream: Stream): void {
    if (stream.isLevel) {
      stream.forgetCandidates();
      return this.stop(stream);
    }
    const asked = this.#asked.get(stream)?.memberId;
    const { candidate } = stream;
    if (candidate === undefined && asked === undefined) {
      this.#wait(stream, EVERYBODY, () => this.#giveUp(stream));
      this.#ports.askAll();
    } else if (candidate !== undefined && !asked) this.#ask(stream, candidate);
  }

  /** An answer; `events` are those of it that belong to the stream. */
  hear(stream: Stream | undefined, message: ReplayMessage, events: readonly SizedEvent[]): void {
    const { from, after, head } = message;
    if (stream === undefined || this.#asked.get(stream)?.memberId !== from)
      return this.#ports.line.ignore('unexpected');
    this.stop(stream);
    if (stream.since !== null) stream.settleSince(after);
    if (from === stream.publisher) stream.cutAt(head);
    this.#ports.deliverReady(stream);
    const { cursor } = stream;
    for (const sized of events) this.#ports.accept(stream, sized);
    if (stream.cursor === cursor) stream.strike(from);
    this.repair(stream);
  }

  stop(stream: Stream): void {
    this.#asked.get(stream)?.stop();
    this.#asked.delete(stream);
  }

  #ask(stream: Stream, to: string): void {
    const { channel, publisher, cursor: after, since, missingUpTo: upTo } = stream;
    this.#wait(stream, to, () => {
      stream.strike(to);
      this.repair(stream);
    });
    this.#ports.line.post({ kind: 'ask', to, channel, publisher, after, upTo, since });
  }

  #wait(stream: Stream, memberId: string, act: () => void): void {
    this.stop(stream);
    const stop = this.#ports.line.runtime.after(ANSWER_MS, () => {
      this.#asked.delete(stream);
      act();
    });
    this.#asked.set(stream, { memberId, stop });
  }

  #giveUp(stream: Stream): void {
    const { channel } = stream;
    const count = stream.skipMissing();
    this.#ports.line.report({ type: 'events-missed', channel, count, reason: 'unrepaired' });
    this.#ports.deliverReady(stream);
    this.repair(stream);
  }
}
