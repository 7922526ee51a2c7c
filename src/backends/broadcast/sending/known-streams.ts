import type { Archive } from './replay-buffer.ts';
import type { Inbox } from '../receiving/inbox.ts';
import { type Head, MAX_ITEMS, type SizedEvent } from '../wire/messages.ts';
import type { Outbox } from './event-sender.ts';

/** What this context has of a publisher's events on a channel, beside what is archived. */
export interface StreamKnowledge {
  /** The greatest number that is known to exist. */
  readonly head: number;
  /** Whatever was published since this time was received. */
  readonly completeSince: number;
  /** Events that came out of turn. */
  readonly held: readonly SizedEvent[];
}

/** What this context can tell others of what was published, by itself and by those whom it hears. */
export class Knowledge {
  readonly #selfId: string;
  readonly #archive: Archive;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;

  constructor(selfId: string, archive: Archive, inbox: Inbox, outbox: Outbox) {
    this.#selfId = selfId;
    this.#archive = archive;
    this.#inbox = inbox;
    this.#outbox = outbox;
  }

  /** The last that is known of each publisher on a channel. */
  heads(channel: string): Head[] {
    const streams = this.#inbox.of(channel)?.streams;
    // Of a channel that it has left it may still keep events.
    const heads = streams
      ? new Map(streams.map(({ publisher, known }) => [publisher, known]))
      : this.#archive.heads(channel);
    return asHeads(channel, heads.set(this.#selfId, this.#outbox.head(channel)));
  }

  allHeads(): Head[] {
    const joined = this.#inbox.all().map(({ channel }) => channel);
    const channels = [...joined, ...this.#archive.channels(), ...this.#outbox.channels()];
    return [...new Set(channels)].flatMap((channel) => this.heads(channel)).slice(0, MAX_ITEMS);
  }

  /** How far this context has come with each publisher. */
  cursors(channel: string): Head[] {
    const streams = this.#inbox.of(channel)?.streams ?? [];
    const cursors = new Map(streams.map(({ publisher, cursor }) => [publisher, cursor]));
    return asHeads(channel, cursors.set(this.#selfId, this.#outbox.head(channel)));
  }

  ofStream(channel: string, publisher: string): StreamKnowledge {
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
