import type { Runtime } from '../../../core/runtime/runtime.ts';
import type { WireEvent } from '../wire/messages.ts';
import type { ByteBudget } from './byte-budget.ts';
import { PublisherStream } from './publisher-stream.ts';

/** Bounds the memory that forged publisher names can fill. */
const MAX_STREAMS = 1_000;

/** The streams of all publishers on one channel. */
export class PublisherStreams {
  readonly #channel: string;
  readonly #budget: ByteBudget;
  readonly #runtime: Runtime;
  readonly #onRemoved: (stream: PublisherStream) => void;
  /** In the order in which they last received something. */
  readonly #byPublisher = new Map<string, PublisherStream>();
  /** Streams that begin where a history ended. Their publishers may have published the last of it since this member joined. */
  readonly #begunByHistory = new WeakSet<PublisherStream>();
  /** This context wants no event of unknown publishers that was published before this time. */
  #joinedAt: number;
  /** This member may have missed all events of a publisher that it does not know. */
  suspectsLoss = false;

  constructor(
    channel: string,
    budget: ByteBudget,
    runtime: Runtime,
    onRemoved: (stream: PublisherStream) => void,
  ) {
    this.#channel = channel;
    this.#budget = budget;
    this.#runtime = runtime;
    this.#onRemoved = onRemoved;
    this.#joinedAt = runtime.now();
  }

  get(publisher: string): PublisherStream | undefined {
    return this.#byPublisher.get(publisher);
  }

  all(): PublisherStream[] {
    return [...this.#byPublisher.values()];
  }

  /** The stream that has received something now. That of an unknown publisher begins behind `cursor`, or when this member joined. */
  receiving(
    publisher: string,
    cursor: number,
    isLate: boolean = this.suspectsLoss,
  ): PublisherStream {
    const stream = this.get(publisher) ?? this.#newStream(publisher, cursor, isLate);
    stream.receivedAt = this.#runtime.now();
    this.#byPublisher.delete(publisher);
    this.#byPublisher.set(publisher, stream);
    return stream;
  }

  /** A member has named the last number of the publisher in a history. */
  nameInHistory(publisher: string, seq: number, isLate: boolean): void {
    const isUnknown = this.get(publisher) === undefined;
    const stream = this.receiving(publisher, seq, isLate);
    if (isUnknown) this.#begunByHistory.add(stream);
  }

  /** `seq` was the publisher's last number when this member had joined, so that all later events are wanted. */
  announce(stream: PublisherStream, seq: number): void {
    if (this.#begunByHistory.delete(stream)) stream.rewind(seq);
  }

  /** Whether this member receives the event without a history, or has received it. */
  wants({ publisher, seq, createdAt }: WireEvent): boolean {
    const first = this.get(publisher)?.first;
    return first === undefined ? createdAt > this.#joinedAt : seq >= first;
  }

  #newStream(publisher: string, cursor: number, isLate: boolean): PublisherStream {
    if (this.#byPublisher.size >= MAX_STREAMS) this.#removeOldest();
    const name = { channel: this.#channel, publisher };
    const [after, since] = isLate && cursor > 0 ? [0, this.#joinedAt] : [cursor, null];
    return new PublisherStream(name, after, since, this.#budget);
  }

  /** Removes the stream that has received nothing for longest. If its publisher is received again, it continues there. */
  #removeOldest(): void {
    const [oldest] = this.#byPublisher.values();
    if (oldest === undefined) return;
    this.#onRemoved(oldest);
    this.#byPublisher.delete(oldest.publisher);
    this.#joinedAt = Math.max(this.#joinedAt, oldest.receivedAt);
  }
}
