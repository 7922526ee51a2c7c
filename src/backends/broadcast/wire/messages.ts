import type { Metadata } from '../../../core/message.ts';

/** Of the form of the messages. One that knows another leaves ours alone, and we his. */
export const WIRE_VERSION = 1;
/** What one message carries of anything at the most. */
export const MAX_ITEMS = 100_000;
/** In characters. */
export const MAX_REASON_LENGTH = 10_000;
/** How many events go into one message, and about how many bytes, unless they were published in one step. */
export const USUAL_ITEMS = 1_000;
export const USUAL_BYTES = 1_048_576;

/** An event on its way. `seq` counts what its publisher has published on its channel, from 1 and without a gap. */
export interface WireEvent {
  readonly channel: string;
  readonly publisher: string;
  readonly seq: number;
  readonly eventId: string;
  readonly payload: unknown;
  readonly metadata: Metadata | null;
  readonly createdAt: number;
  readonly delayMs?: number;
  /** Its publisher waits for what becomes of it. */
  readonly confirm?: true;
}

/** The last that somebody knows of what one publisher has published on one channel. */
export interface Head {
  readonly channel: string;
  readonly publisher: string;
  readonly seq: number;
}

export interface WireReceipt {
  readonly eventId: string;
  readonly outcome: 'acknowledged' | 'rejected';
  readonly reason: string | null;
  readonly reply?: unknown;
}

/** New events, to everybody. `from` is their publisher. */
export interface EventsMessage {
  readonly kind: 'events';
  readonly from: string;
  readonly events: readonly WireEvent[];
}

/**
 * Somebody is here, and a member of `channels`; of these it has just joined `joined`, and comes back to `returned`
 * after it stood still. `asks`: others are to say the same of themselves. Publishers answer what was joined, and all
 * who know something what was returned to, with `heads`. `heads`: how far its sender has come, where others may have
 * asked for that while it stood still.
 */
export interface HelloMessage {
  readonly kind: 'hello';
  readonly from: string;
  readonly channels: readonly string[];
  readonly joined: readonly string[];
  readonly returned: readonly string[];
  readonly asks: boolean;
  readonly heads?: readonly Head[] | undefined;
}

/** Somebody is no longer a member of `channels`. */
export interface ByeMessage {
  readonly kind: 'bye';
  readonly from: string;
  readonly channels: readonly string[];
}

export interface HeadsMessage {
  readonly kind: 'heads';
  readonly from: string;
  readonly to: string;
  readonly heads: readonly Head[];
  /** The channels that were joined by the hello that this answers; and those of them whose history is to be had here. */
  readonly joined: readonly string[];
  readonly histories: readonly string[];
}

/** For what was missed of one publisher on one channel: after `after`, up to and with `upTo`. */
export interface AskMessage {
  readonly kind: 'ask';
  readonly from: string;
  readonly to: string;
  readonly channel: string;
  readonly publisher: string;
  readonly after: number;
  readonly upTo: number;
  /** Epoch milliseconds: nothing from before is wanted, whatever its number. Null: go by the number alone. */
  readonly since: number | null;
}

/** Answers an `ask`, in part or whole: what is not among `events`, up to the last of them, is not to be had here. */
export interface ReplayMessage {
  readonly kind: 'replay';
  readonly from: string;
  readonly to: string;
  readonly channel: string;
  readonly publisher: string;
  /** The last number of the stream that its sender knows of. */
  readonly head: number;
  /** The number up to which nothing is wanted: the one asked for, or what `since` comes to. */
  readonly after: number;
  readonly events: readonly WireEvent[];
}

/** For the last `count` events of a channel. */
export interface RecallMessage {
  readonly kind: 'recall';
  readonly from: string;
  readonly to: string;
  readonly channel: string;
  readonly count: number;
}

/** Answers a `recall`: the events in the order in which they came, and how far their receiver had come. */
export interface HistoryMessage {
  readonly kind: 'history';
  readonly from: string;
  readonly to: string;
  readonly channel: string;
  readonly events: readonly WireEvent[];
  readonly heads: readonly Head[];
}

export interface ReceiptsMessage {
  readonly kind: 'receipts';
  readonly from: string;
  readonly to: string;
  readonly receipts: readonly WireReceipt[];
}

export type Message =
  | EventsMessage
  | HelloMessage
  | ByeMessage
  | HeadsMessage
  | AskMessage
  | ReplayMessage
  | RecallMessage
  | HistoryMessage
  | ReceiptsMessage;

/** An event with about how many bytes it takes. */
export interface SizedEvent {
  readonly event: WireEvent;
  readonly bytes: number;
}

/** A message as it goes over the wire. */
export type SentMessage = Message & { readonly ackline: typeof WIRE_VERSION };

/** A message without its sender. */
export type Unsigned<M extends Message> = M extends Message ? Omit<M, 'from'> : never;
