import type { Delivery } from '../core/delivery/delivery.ts';

/** A JSON array of events for one channel: `{ id, payload }`, and `traceparent` and `tracestate` where an event has them. */
export const EVENTS_TYPE = 'application/vnd.ackline.events+json';

/** An event in a body of {@link EVENTS_TYPE}. */
export interface EventItem {
  readonly id: string;
  readonly payload: unknown;
  readonly traceparent?: string;
  readonly tracestate?: string;
}

export function itemOf({ eventId, payload, metadata }: Delivery): EventItem {
  const names = ['traceparent', 'tracestate'].filter(
    (name) => typeof metadata?.[name] === 'string',
  );
  const trace = Object.fromEntries(names.map((name) => [name, metadata?.[name]]));
  return { id: eventId, payload, ...trace };
}
