import {
  type AskMessage,
  type SizedEvent,
  USUAL_BYTES,
  USUAL_ITEMS,
  type WireEvent,
} from '../wire/messages.ts';

export interface ReplayBufferOptions {
  /** Of all channels together. */
  readonly repairEvents: number;
  readonly repairBytes: number;
  /** Of each channel. */
  readonly history: number;
}

/** What this context has of a publisher's events on a channel, beside what is archived. */
export interface KnownStream {
  /** The greatest number that is known to exist. */
  readonly head: number;
  /** Whatever was published since this time was received. */
  readonly completeSince: number;
  /** Events that came out of turn. */
  readonly held: readonly SizedEvent[];
}

/** What an ask comes to. */
export interface Found {
  /** Nothing up to this number is wanted. */
  readonly after: number;
  readonly events: readonly WireEvent[];
}

/**
 * The last events that this context published or received: for those who missed some (the newest of all channels,
 * bounded in count and bytes), and for those who come late (the last `history` of each channel).
 */
export class ReplayBuffer {
  readonly #options: ReplayBufferOptions;
  readonly #kept = new Set<SizedEvent>();
  readonly #histories = new Map<string, SizedEvent[]>();
  #bytes = 0;
  /** When the newest of those was published that are kept no longer. */
  #droppedUntil = Number.NEGATIVE_INFINITY;

  constructor(options: ReplayBufferOptions) {
    this.#options = options;
  }

  add(sized: SizedEvent): void {
    this.#kept.add(sized);
    this.#bytes += sized.bytes;
    for (const oldest of this.#kept) {
      const { repairEvents, repairBytes } = this.#options;
      if (this.#kept.size <= repairEvents && this.#bytes <= repairBytes) break;
      this.#kept.delete(oldest);
      this.#bytes -= oldest.bytes;
      this.#droppedUntil = Math.max(this.#droppedUntil, oldest.event.createdAt);
    }
  }

  /** Keeps an event that this context received as a member. */
  remember(sized: SizedEvent): void {
    const { history } = this.#options;
    if (history === 0) return;
    const { channel } = sized.event;
    const events = this.#histories.get(channel) ?? [];
    this.#histories.set(channel, events);
    events.push(sized);
    if (events.length > history) events.shift();
  }

  hasHistory(channel: string): boolean {
    return this.#histories.has(channel);
  }

  /** The last `count` events of a channel, or as many as one message carries. */
  history(channel: string, count: number): WireEvent[] {
    const newestFirst = (this.#histories.get(channel) ?? []).toReversed().slice(0, count);
    return fitting(newestFirst).reverse();
  }

  forgetHistory(channel: string): void {
    this.#histories.delete(channel);
  }

  channels(): string[] {
    return [...this.#kept].map(({ event }) => event.channel);
  }

  /** The greatest number of each publisher among what is kept of a channel. */
  heads(channel: string): Map<string, number> {
    const heads = new Map<string, number>();
    for (const { event } of this.#kept)
      if (event.channel === channel)
        heads.set(event.publisher, Math.max(event.seq, heads.get(event.publisher) ?? 0));
    return heads;
  }

  find({ channel, publisher, after, upTo, since }: AskMessage, known: KnownStream): Found {
    const ofStream = [...this.#kept, ...known.held]
      .filter(({ event }) => event.channel === channel && event.publisher === publisher)
      .sort((left, right) => left.event.seq - right.event.seq);
    const from = since === null ? after : Math.max(after, this.#before(ofStream, since, known));
    const wanted = ofStream.filter(({ event }) => event.seq > from && event.seq <= upTo);
    return { after: from, events: fitting(wanted) };
  }

  /** The number up to which a stream's events are surely from before `since`; 0 where that cannot be said of any. */
  #before(
    ofStream: readonly SizedEvent[],
    since: number,
    { head, completeSince }: KnownStream,
  ): number {
    const first = ofStream.findIndex(({ event }) => event.createdAt >= since);
    const isComplete = Math.max(completeSince, this.#droppedUntil) < since;
    if (isComplete) return first === -1 ? head : (ofStream[first]?.event.seq ?? 1) - 1;
    return ofStream[first === -1 ? ofStream.length - 1 : first - 1]?.event.seq ?? 0;
  }
}

/** The first of `archived` that go into one message. */
function fitting(kept: readonly SizedEvent[]): WireEvent[] {
  let bytes = 0;
  const end = kept.findIndex((one, index) => {
    bytes += one.bytes;
    return index === USUAL_ITEMS || (index > 0 && bytes > USUAL_BYTES);
  });
  return kept.slice(0, end === -1 ? kept.length : end).map(({ event }) => event);
}
