import type { EventDraft } from './message.ts';

/** Any channel, any payload: what a channel without a schema accepts. */
export type AnySchema = Record<string, unknown>;

export type ChannelOf<Schema> = keyof Schema & string;

/** What members of channel `C` reply with. */
export type ReplyOf<Replies, C> = C extends keyof Replies ? Replies[C] : unknown;

/** A draft whose payload fits its channel. */
export type DraftOf<Schema> = {
  [C in ChannelOf<Schema>]: EventDraft<C, Schema[C]>;
}[ChannelOf<Schema>];
