import {
  type AskMessage,
  type SizedEvent,
  USUAL_BYTES,
  USUAL_ITEMS,
  type WireEvent,
} from './messages.ts';

export interface ArchiveOptions {
  /** Of all channels together. */
  readonly repairEvents: number;
  readonly repairBytes: number;
  /** Of each channel. */
  readonly history: number;
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
export class Archive {
  readonly #options: ArchiveOptions;
  readonly #kept = new Set<SizedEvent>();
  readonly #histories = new Map<string, SizedEvent[]>();
  #bytes = 0;
  /** When the newest of those was published that are kept no longer. */
  #droppedUntil = Number.NEGATIVE_INFINITY;

  constructor(options: ArchiveOptions) {
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

  /** `head`: the last of the publisher's events that this context knows of. */
  find({ channel, publisher, after, upTo, since }: AskMessage, head: number): Found {
    const ofStream = [...this.#kept].filter(
      ({ event }) => event.channel === channel && event.publisher === publisher,
    );
    const from = since === null ? after : Math.max(after, this.#before(ofStream, since, head));
    const wanted = ofStream.filter(({ event }) => event.seq > from && event.seq <= upTo);
    return { after: from, events: fitting(wanted) };
  }

  /** The number up to which a stream's events are from before `since`: 0 where too many of them are gone to tell. */
  #before(ofStream: readonly SizedEvent[], since: number, head: number): number {
    const first = ofStream.find(({ event }) => event.createdAt >= since);
    const isWhole = first !== ofStream[0] || this.#droppedUntil < since;
    if (!isWhole) return 0;
    return first === undefined ? head : first.event.seq - 1;
  }
}

/** The first of `archived` that go into one message. */
function fitting(archived: readonly SizedEvent[]): WireEvent[] {
  let bytes = 0;
  const end = archived.findIndex((one, index) => {
    bytes += one.bytes;
    return index === USUAL_ITEMS || (index > 0 && bytes > USUAL_BYTES);
  });
  return archived.slice(0, end === -1 ? archived.length : end).map(({ event }) => event);
}
