import { MAX_ITEMS, type Position, type SizedEvent } from '../wire/messages.ts';
import type { EventSender } from './event-sender.ts';
import type { KnownStream, ReplayBuffer } from './replay-buffer.ts';

/** How far this context has received and delivered the events of one publisher on one channel. */
interface ReceivedStream {
  readonly publisher: string;
  /** The greatest number that is known to exist. */
  readonly lastSeq: number;
  /** The number of the last event that was delivered. */
  readonly cursor: number;
  /** Every known event was delivered. */
  readonly isComplete: boolean;
  readonly buffered: readonly SizedEvent[];
}

interface ReceivedChannel {
  readonly channel: string;
  readonly streams: readonly ReceivedStream[];
  readonly completeSince: number;
}

/** What this context receives, by channel. */
interface ReceivedChannels {
  of(channel: string): ReceivedChannel | undefined;
  all(): readonly ReceivedChannel[];
}

/** Which events this context knows of: its own, those that it received, and those that others announced. */
export class KnownStreams {
  readonly #selfId: string;
  readonly #replayBuffer: ReplayBuffer;
  readonly #inbox: ReceivedChannels;
  readonly #sender: EventSender;

  constructor(
    selfId: string,
    replayBuffer: ReplayBuffer,
    inbox: ReceivedChannels,
    sender: EventSender,
  ) {
    this.#selfId = selfId;
    this.#replayBuffer = replayBuffer;
    this.#inbox = inbox;
    this.#sender = sender;
  }

  /** The greatest known number of each publisher on a channel. */
  positions(channel: string): Position[] {
    const streams = this.#inbox.of(channel)?.streams;
    // The replay buffer can still have events of a channel that this context has left.
    const lastSeqs = streams
      ? new Map(streams.map(({ publisher, lastSeq }) => [publisher, lastSeq]))
      : this.#replayBuffer.lastSeqs(channel);
    return this.#positionsOf(channel, lastSeqs);
  }

  allPositions(): Position[] {
    const joined = this.#inbox.all().map(({ channel }) => channel);
    const channels = [...joined, ...this.#replayBuffer.channels(), ...this.#sender.channels()];
    return [...new Set(channels)].flatMap((channel) => this.positions(channel)).slice(0, MAX_ITEMS);
  }

  /** The number of the last delivered event of each publisher. */
  cursors(channel: string): Position[] {
    const streams = this.#inbox.of(channel)?.streams ?? [];
    const cursors = new Map(streams.map(({ publisher, cursor }) => [publisher, cursor]));
    return this.#positionsOf(channel, cursors);
  }

  stream(channel: string, publisher: string): KnownStream {
    const lastSeq = this.positions(channel).find((one) => one.publisher === publisher)?.seq ?? 0;
    if (publisher === this.#selfId) return { lastSeq, completeSince: 0, buffered: [] };
    const inbox = this.#inbox.of(channel);
    const stream = inbox?.streams.find((one) => one.publisher === publisher);
    const completeSince =
      inbox && stream?.isComplete ? inbox.completeSince : Number.POSITIVE_INFINITY;
    return { lastSeq, completeSince, buffered: stream?.buffered ?? [] };
  }

  /** With this context's own position. A publisher without events has none. */
  #positionsOf(channel: string, lastSeqs: Map<string, number>): Position[] {
    return [...lastSeqs.set(this.#selfId, this.#sender.lastSeq(channel))]
      .filter(([, seq]) => seq > 0)
      .map(([publisher, seq]) => ({ channel, publisher, seq }));
  }
}
