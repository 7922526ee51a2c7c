import { EventChannel } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import { watchStats } from 'ackline/inspection';
import { createOutbox, httpSender, type Outbox, recordSettled } from 'ackline/outbox';

export type Orders = EventChannel<{ orders: unknown; 'orders.settled': unknown }>;

/** The channel that pages and the service worker share. */
export function openOrders(): Orders {
  return new EventChannel({
    backend: indexedDbBackend({ database: 'outbox' }),
    observer: () => undefined,
  });
}

interface OutboxParameters {
  readonly mode?: RequestMode;
  readonly redirect?: 'manual' | 'follow' | undefined;
  /** Whether the outcomes are stored for `onSettled`. */
  readonly isRecorded?: boolean;
  /** Whether the counts are those of `watchStats`, and are watched. */
  readonly isLive?: boolean;
}

/** An outbox that names its context in each request. */
export function openOutbox(
  events: Orders,
  tab: string,
  url: string,
  { mode = 'cors', redirect, isRecorded = false, isLive = false }: OutboxParameters = {},
): Outbox {
  const send = httpSender({
    url: url.startsWith('http') ? url : new URL(url, location.href),
    headers: ({ attempts }) => ({ 'x-tab': tab, 'x-attempts': String(attempts) }),
    init: { mode },
    redirect,
  });
  const outbox = createOutbox({
    events,
    channel: 'orders',
    send: isRecorded ? recordSettled(events, send) : send,
    stats: isLive ? watchStats(events, 'orders') : undefined,
    maxAttempts: Number.POSITIVE_INFINITY,
    maxConcurrency: 6,
    backoffBaseMs: 50,
    backoffMaxMs: 500,
    returnJitterMs: 100,
  });
  if (isLive) outbox.watch().subscribe(() => undefined);
  return outbox;
}
