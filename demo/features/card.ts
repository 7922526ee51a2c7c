import type { EventChannel } from 'ackline';

/** The channels of all cards, with their payloads. */
export type Channels = {
  order: string;
  draft: string;
  change: string;
  sale: string;
  booking: string;
  sync: string;
  sample: number;
  request: number;
  upload: string;
  reading: number;
  payment: string;
};

/** What consumers answer. */
export type Replies = { booking: { seat: string }; sync: { serverId: number } };

export type CardEvents = EventChannel<Channels, Replies>;

/** Shows what the code of a card does, line by line of the output. */
export type RunCard = (events: CardEvents, say: (line: string) => void) => Promise<void>;

export interface Card {
  readonly title: string;
  readonly lead: string;
  readonly run: RunCard;
  /** The lines of the card's file that a visitor sees. */
  readonly code: string;
}
