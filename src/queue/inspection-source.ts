import type { ChannelStats } from '../core/events/message.ts';
import type { BrowsedPage, ChannelsPage, EventState } from '../core/protocols/browsed-page.ts';
import type { MaybePromise } from './event-store.ts';
import type { ChangeWatch } from './notifier.ts';

/** A checked call of `browse`. */
export interface BrowseRequest {
  readonly channel: string;
  readonly state: EventState;
  readonly limit: number;
  readonly after: string | undefined;
  readonly payload: boolean;
}

/**
 * Reads a store for `ackline/inspection`. Nothing is leased or changed.
 *
 * The pages of one browse show each event at most once. An event is shown if it is in the requested state from the call of the
 * first page until the call of the last one. Events that are published after the first page are left out.
 */
export interface InspectionSource {
  browse(request: BrowseRequest): MaybePromise<BrowsedPage>;
  /** The channels whose names are greater than `after`, by name. */
  channels(limit: number, after: string): MaybePromise<ChannelsPage>;
  /** The counts without an `estimate`. */
  stats(channel: string): MaybePromise<ChannelStats>;
  /** When the next scheduled event is due. Null if there is none, and infinite if it is not known. */
  nextDueAt(channel: string): MaybePromise<number | null>;
  /** See `Notifier.watch`. */
  watch(channel: string, onChange: () => void): ChangeWatch;
}
