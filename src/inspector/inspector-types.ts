import type { EventChannel } from '../core/event-channel.ts';
import type { Confirmation } from '../core/events/receipts.ts';
import type { Observer } from '../core/reports/observer.ts';
import type { PlatformElement } from '../core/runtime/platform-types.ts';
import type { SyncEventChannel } from '../core/sync-event-channel.ts';

/** A channel of any schema is assignable to one without channels. */
type NoChannels = Record<never, never>;

/**
 * A channel object of any schema, asynchronous or synchronous.
 *
 * @example
 * const shown: Readonly<Record<string, InspectedChannel>> = { shop: events };
 */
export type InspectedChannel =
  | EventChannel<NoChannels, NoChannels, NoChannels>
  | SyncEventChannel<NoChannels, NoChannels>;

/**
 * A channel object, with the names of channels that are listed even while they hold no event.
 *
 * @example
 * const source: InspectorSource = { events, channels: ['order.placed'] };
 */
export interface InspectorSource {
  readonly events: InspectedChannel;
  /**
   * Names of channels; default none. Needed over a backend without the capability `channels`, which cannot list them: only these
   * are shown then.
   */
  readonly channels?: readonly string[] | undefined;
}

/**
 * What `<ackline-inspector>` has beyond an element.
 *
 * @example
 * function show(inspector: InspectorProperties): void {
 *   inspector.sources = { shop: { events, channels: ['order.placed'] } };
 * }
 */
export interface InspectorProperties {
  /** The channel object that is shown; undefined shows nothing. Sets `sources` to this one. `TypeError` for another value. */
  events: InspectedChannel | undefined;
  /** Several channel objects, by the names under which a visitor selects them. `TypeError` for a value that is none. */
  sources: Readonly<Record<string, InspectedChannel | InspectorSource>>;
  /**
   * Counts what the channel objects of this page publish and acknowledge. Pass it as the `observer` of a channel, or call it in
   * your own. Without it the inspector shows how the backlog changes, and no rates: counts do not have them.
   */
  readonly observer: Observer;
  /**
   * Shows the receipts of a `publishConfirmed` beside the members. The newest 100 receipts are kept. No payload, and no reply, is
   * kept. An `unconfirmed` error has the same `receipts`.
   */
  showConfirmation(channel: string, confirmation: Pick<Confirmation, 'eventId' | 'receipts'>): void;
}

/**
 * The element that `defineInspector` defines.
 *
 * @example
 * const inspector: InspectorElement | null = document.querySelector('ackline-inspector');
 * if (inspector) inspector.events = events;
 */
export type InspectorElement = PlatformElement & InspectorProperties;
