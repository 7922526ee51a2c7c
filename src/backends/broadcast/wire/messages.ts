import type { Metadata } from '../../../core/events/message.ts';

/** The version of the message format. A context ignores messages of every other version. */
export const WIRE_VERSION = 1;
/** The longest list in a message. */
export const MAX_ITEMS = 100_000;
/** In characters. */
export const MAX_REASON_LENGTH = 10_000;
/** The most events and bytes (estimated) of one message, unless the events were published in one step. */
export const USUAL_ITEMS = 1_000;
export const USUAL_BYTES = 1_048_576;

/** An event as it is sent. `seq` counts the events of its publisher on its channel, from 1 and without gaps. */
export interface WireEvent {
  readonly channel: string;
  readonly publisher: string;
  readonly seq: number;
  readonly eventId: string;
  readonly payload: unknown;
  readonly metadata: Metadata | null;
  readonly createdAt: number;
  readonly delayMs?: number;
  /** Its publisher waits for a receipt. */
  readonly confirm?: true;
}

/** The greatest number that a context knows of one publisher on one channel. */
export interface Position {
  readonly channel: string;
  readonly publisher: string;
  readonly seq: number;
}

export interface WireReceipt {
  readonly eventId: string;
  readonly outcome: 'acknowledged' | 'rejected';
  readonly reason: string | null;
  readonly reply?: unknown;
  /** The group of the member that rejected the event. */
  readonly group?: string;
}

/** New events, for all contexts. `from` is their publisher. */
export interface EventsMessage {
  readonly kind: 'events';
  readonly from: string;
  readonly events: readonly WireEvent[];
}

/**
 * The sender is a member of `channels`. It has just joined those in `joined`. It asks for missed events of those in
 * `returned`, for example after a freeze. With `asks`, other contexts answer with a hello of their own. Publishers
 * answer `joined` with a `heads` message, and so does every context that knows of events on a channel in `returned`.
 * `heads` are the positions that the sender knows: other contexts may have asked for them while its wire was closed.
 */
export interface HelloMessage {
  readonly kind: 'hello';
  readonly from: string;
  readonly channels: readonly string[];
  readonly joined: readonly string[];
  readonly returned: readonly string[];
  readonly asks: boolean;
  readonly heads?: readonly Position[] | undefined;
}

/** The sender is no longer a member of `channels`. */
export interface ByeMessage {
  readonly kind: 'bye';
  readonly from: string;
  readonly channels: readonly string[];
}

export interface HeadsMessage {
  readonly kind: 'heads';
  readonly from: string;
  readonly to: string;
  readonly heads: readonly Position[];
  /** The channels that the answered hello joined, and those of them whose history the sender has. */
  readonly joined: readonly string[];
  readonly histories: readonly string[];
}

/** Asks for missing events of one publisher on one channel: with numbers after `after`, up to and including `upTo`. */
export interface AskMessage {
  readonly kind: 'ask';
  readonly from: string;
  readonly to: string;
  /** The sender numbers its questions. The answer repeats the number. */
  readonly question: number;
  readonly channel: string;
  readonly publisher: string;
  readonly after: number;
  readonly upTo: number;
  /** Epoch milliseconds. Older events are not wanted. Null: the numbers alone decide. */
  readonly since: number | null;
}

/** Answers an `ask`, in part or whole. The sender does not have the numbers that are not in `events`, up to the last of these. */
export interface ReplayMessage {
  readonly kind: 'replay';
  readonly from: string;
  readonly to: string;
  readonly question: number;
  readonly channel: string;
  readonly publisher: string;
  /** The greatest number of the stream that the sender knows. */
  readonly head: number;
  /** No event up to this number is wanted: `after` of the question, or the last number before `since`. */
  readonly after: number;
  readonly events: readonly WireEvent[];
}

/** Asks for the last `count` events of a channel. */
export interface RecallMessage {
  readonly kind: 'recall';
  readonly from: string;
  readonly to: string;
  /** As of an `ask`. */
  readonly question: number;
  readonly channel: string;
  readonly count: number;
}

/** Answers a `recall`: the events in the order in which the sender received them, and its positions. */
export interface HistoryMessage {
  readonly kind: 'history';
  readonly from: string;
  readonly to: string;
  readonly question: number;
  readonly channel: string;
  readonly events: readonly WireEvent[];
  readonly heads: readonly Position[];
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

/** An event with its estimated size. */
export interface SizedEvent {
  readonly event: WireEvent;
  readonly bytes: number;
}

/** A message as it is sent. */
export type SentMessage = Message & { readonly ackline: typeof WIRE_VERSION };

/** A message without its sender. */
export type Unsigned<M extends Message> = M extends Message ? Omit<M, 'from'> : never;

/** A question without its sender and its number. */
export type Question =
  | Omit<AskMessage, 'from' | 'question'>
  | Omit<RecallMessage, 'from' | 'question'>;
