import { EventChannel, type Observer } from 'ackline';
import { type BroadcastBackend, broadcastBackend } from 'ackline/broadcast';

export type PriceSchema = { price: number };

export interface Prices {
  readonly events: EventChannel<PriceSchema>;
  readonly backend: BroadcastBackend;
}

/** The page and the tabs in its frames give the same name, as tabs of an application do. */
export function openPrices(name: string, observer: Observer = () => undefined): Prices {
  // #region open
  // history: a tab that opens late gets the last event.
  const backend = broadcastBackend({ name, history: 1 });
  const events = new EventChannel<PriceSchema>({ backend, observer });
  // #endregion
  return { events, backend };
}
