import {
  type AskMessage,
  type SizedEvent,
  USUAL_BYTES,
  USUAL_ITEMS,
  type WireEvent,
} from '../wire/messages.ts';

export interface ReplayBufferOptions {
  /** The limit for all channels together. */
  readonly repairEvents: number;
  readonly repairBytes: number;
  /** The limit for each channel. */
  readonly history: number;
}

/** What this context knows of one publisher's events on one channel, beside the events in the replay buffer. */
export interface KnownStream {
  readonly lastSeq: number;
  /** This context has received all events that were published since then. */
  readonly completeSince: number;
  /** Received events that wait for a missing one. */
  readonly buffered: readonly SizedEvent[];
}

/** The answer to an `ask`. */
export interface Replay {
  /** The asking member wants no event up to this number. */
  readonly after: number;
  readonly events: readonly WireEvent[];
}

/**
 * The last events that this context published or received: for members that missed some (the newest of all channels,
 * bounded in count and bytes), and for members that join later (the last `history` events of each channel).
 */
export class ReplayBuffer {
  readonly #options: ReplayBufferOptions;
  readonly #buffered = new Set<SizedEvent>();
  readonly #histories = new Map<string, SizedEvent[]>();
  #bytes = 0;
  /** When the newest event was published that is no longer in the buffer. */
  #droppedUntil = Number.NEGATIVE_INFINITY;

  constructor(options: ReplayBufferOptions) {
    this.#options = options;
  }

  add(sized: SizedEvent): void {
    this.#buffered.add(sized);
    this.#bytes += sized.bytes;
    for (const oldest of this.#buffered) {
      const { repairEvents, repairBytes } = this.#options;
      if (this.#buffered.size <= repairEvents && this.#bytes <= repairBytes) break;
      this.#buffered.delete(oldest);
      this.#bytes -= oldest.bytes;
      this.#droppedUntil = Math.max(this.#droppedUntil, oldest.event.createdAt);
    }
  }

  /** Adds an event that this context received as a member to the history of its channel. */
  addHistory(sized: SizedEvent): void {
    const { history } = this.#options;
    if (history === 0) return;
    const { channel } = sized.event;
    const events = this.#histories.get(channel) ?? [];
    this.#histories.set(channel, events);
    events.push(sized);
    if (events.length > history) events.shift();
  }

  /** The last `count` events of a channel, or as many as fit one message. */
  history(channel: string, count: number): WireEvent[] {
    const newestFirst = (this.#histories.get(channel) ?? []).toReversed().slice(0, count);
    return fitting(newestFirst).reverse();
  }

  dropHistory(channel: string): void {
    this.#histories.delete(channel);
  }

  channels(): string[] {
    return [...this.#buffered].map(({ event }) => event.channel);
  }

  /** The greatest number of each publisher among the buffered events of a channel. */
  lastSeqs(channel: string): Map<string, number> {
    const lastSeqs = new Map<string, number>();
    for (const { event } of this.#buffered)
      if (event.channel === channel)
        lastSeqs.set(event.publisher, Math.max(event.seq, lastSeqs.get(event.publisher) ?? 0));
    return lastSeqs;
  }

  replay({ channel, publisher, after, upTo, since }: AskMessage, known: KnownStream): Replay {
    const ofStream = [...this.#buffered, ...known.buffered]
      .filter(({ event }) => event.channel === channel && event.publisher === publisher)
      .sort((left, right) => left.event.seq - right.event.seq);
    const from = since === null ? after : Math.max(after, this.#before(ofStream, since, known));
    const requested = ofStream.filter(({ event }) => event.seq > from && event.seq <= upTo);
    return { after: from, events: fitting(requested) };
  }

  /** The greatest number up to which all events of a stream are known to be older than `since`, or 0. */
  #before(
    ofStream: readonly SizedEvent[],
    since: number,
    { lastSeq, completeSince }: KnownStream,
  ): number {
    const first = ofStream.findIndex(({ event }) => event.createdAt >= since);
    const isComplete = Math.max(completeSince, this.#droppedUntil) < since;
    if (isComplete) return first === -1 ? lastSeq : (ofStream[first]?.event.seq ?? 1) - 1;
    return ofStream[first === -1 ? ofStream.length - 1 : first - 1]?.event.seq ?? 0;
  }
}

/** The first events that fit one message. */
function fitting(events: readonly SizedEvent[]): WireEvent[] {
  let bytes = 0;
  const end = events.findIndex((one, index) => {
    bytes += one.bytes;
    return index === USUAL_ITEMS || (index > 0 && bytes > USUAL_BYTES);
  });
  return events.slice(0, end === -1 ? events.length : end).map(({ event }) => event);
}
