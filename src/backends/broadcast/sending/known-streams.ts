import { type Head, MAX_ITEMS, type SizedEvent } from '../wire/messages.ts';
import type { EventSender } from './event-sender.ts';
import type { KnownStream, ReplayBuffer } from './replay-buffer.ts';

/** How far this context has come with one publisher of a channel. */
interface StreamPosition {
  readonly publisher: string;
  /** The greatest number that is known to exist. */
  readonly known: number;
  /** The number of the last event that was delivered. */
  readonly cursor: number;
  /** Whether every known event was delivered. */
  readonly isLevel: boolean;
  readonly held: readonly SizedEvent[];
}

interface ReceivedChannel {
  readonly channel: string;
  readonly streams: readonly StreamPosition[];
  readonly completeSince: number;
}

/** What this context receives, by channel. */
interface ReceivedChannels {
  of(channel: string): ReceivedChannel | undefined;
  all(): readonly ReceivedChannel[];
}

/** What this context can tell others of what was published, by itself and by those whom it hears. */
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

  /** The last that is known of each publisher on a channel. */
  heads(channel: string): Head[] {
    const streams = this.#inbox.of(channel)?.streams;
    // Of a channel that it has left it may still keep events.
    const heads = streams
      ? new Map(streams.map(({ publisher, known }) => [publisher, known]))
      : this.#replayBuffer.heads(channel);
    return asHeads(channel, heads.set(this.#selfId, this.#sender.head(channel)));
  }

  allHeads(): Head[] {
    const joined = this.#inbox.all().map(({ channel }) => channel);
    const channels = [...joined, ...this.#replayBuffer.channels(), ...this.#sender.channels()];
    return [...new Set(channels)].flatMap((channel) => this.heads(channel)).slice(0, MAX_ITEMS);
  }

  /** How far this context has come with each publisher. */
  cursors(channel: string): Head[] {
    const streams = this.#inbox.of(channel)?.streams ?? [];
    const cursors = new Map(streams.map(({ publisher, cursor }) => [publisher, cursor]));
    return asHeads(channel, cursors.set(this.#selfId, this.#sender.head(channel)));
  }

  ofStream(channel: string, publisher: string): KnownStream {
    const head = this.heads(channel).find((one) => one.publisher === publisher)?.seq ?? 0;
    if (publisher === this.#selfId) return { head, completeSince: 0, held: [] };
    const inbox = this.#inbox.of(channel);
    const stream = inbox?.streams.find((one) => one.publisher === publisher);
    const isLevel = inbox !== undefined && stream?.isLevel;
    const completeSince = isLevel ? inbox.completeSince : Number.POSITIVE_INFINITY;
    return { head, completeSince, held: stream?.held ?? [] };
  }
}

function asHeads(channel: string, heads: ReadonlyMap<string, number>): Head[] {
  return [...heads]
    .filter(([, seq]) => seq > 0)
    .map(([publisher, seq]) => ({ channel, publisher, seq }));
}
