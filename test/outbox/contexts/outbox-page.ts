import { type Outbox, onSettled, requestPeriodicSync } from 'ackline/outbox';
import type { RequestNote } from '../browser-campaign/request-log.ts';
import { type Orders, openOrders, openOutbox } from './open-outbox.ts';

declare global {
  interface Window {
    outbox: Outbox;
    orders: Orders;
    /** What `onSettled` has called since this page was loaded. All that it called in this tab is in `sessionStorage`. */
    settled: string[];
    /** What the page has done, where the test counts it. */
    worked: { transactions: number; requests: number };
    /** Publishes so many orders of this tab, and resolves with their ids. */
    placeOrders(count: number): Promise<string[]>;
    /** Set by tests that judge which requests were in flight at once. */
    noteRequest?(note: RequestNote): Promise<void>;
    /** Resolves with whether the browser will fire periodic syncs, and the tags that it knows. */
    askForPeriodicSync(): Promise<readonly [boolean, readonly string[]]>;
  }
}

/**
 * A page with an outbox. The search part of its address names the tab, the address to which it sends, if it sends, the mode of
 * its requests, whether they follow redirects, and whether it stores outcomes (`settle=record`) or acts on them (`settle=listen`).
 */
const parameters = Object.fromEntries(new URL(location.href).searchParams);
const { tab = 'one', url = '/orders', mode = 'cors', redirect, settle, counts } = parameters;
window.orders = openOrders();
window.settled = [];
noteRequests();
if (url !== 'none')
  window.outbox = openOutbox(window.orders, tab, url, {
    mode: mode as RequestMode,
    redirect: redirect === 'follow' ? redirect : undefined,
    isRecorded: settle !== undefined,
    isLive: counts === 'live',
  });

/** Reports the begin and the end of each request for an order. */
function noteRequests(): void {
  const { noteRequest } = window;
  if (noteRequest === undefined) return;
  const send = window.fetch.bind(window);
  let count = 0;
  window.fetch = async (input, init) => {
    const request = new Request(input, init);
    const key = request.headers.get('idempotency-key');
    if (key === null) return send(request);
    count += 1;
    const number = count;
    const report = (what: RequestNote['what']) =>
      void noteRequest({ key, tab, number, what, at: performance.timeOrigin + performance.now() });
    report('begins');
    try {
      return await send(request);
    } finally {
      report('ends');
    }
  };
}

function note(what: string): void {
  window.settled.push(what);
  const kept = sessionStorage.getItem('settled')?.split(',') ?? [];
  sessionStorage.setItem('settled', [...kept, what].toSorted().join());
}

if (settle === 'listen')
  onSettled(window.orders, 'orders', {
    commit: ({ eventId }) => note(`commit ${eventId}`),
    rollback: ({ eventId }) => note(`rollback ${eventId}`),
  });

window.placeOrders = async (count) => {
  const published = Array.from({ length: count }, (_, number) =>
    window.orders.publish('orders', { tab, number }),
  );
  return Promise.all(published);
};

window.askForPeriodicSync = async () => {
  const registration = await navigator.serviceWorker.ready;
  const isPromised = await requestPeriodicSync(registration);
  // TypeScript's libraries lack it.
  const { periodicSync } = registration as unknown as {
    periodicSync: { getTags(): Promise<string[]> };
  };
  return [isPromised, await periodicSync.getTags()];
};
