import { wsconnect } from '@nats-io/nats-core';
import { EventChannel } from 'ackline';
import { forward } from 'ackline/forward';
import { indexedDbBackend } from 'ackline/indexeddb';
import { natsBackend } from 'ackline/nats';
import { createOutbox, httpBatchSender } from 'ackline/outbox';
import { obeyRemote } from '../../setup/remote-page.ts';
import { deviceState, LastReports, type ShownStatus } from './device-state.ts';

export interface Order {
  /** Its publisher: one of the lines of a page. */
  readonly line: string;
  /** Its place in the line, from 0. */
  readonly place: number;
}

export interface DeviceOptions {
  /** Each publishes its next event when the last one is stored, so that its order is known. No other page has them. */
  readonly lines: readonly string[];
  readonly to: 'nats' | 'ingress';
  readonly url: string;
}

declare global {
  interface Window {
    startDevice(options: DeviceOptions): void;
    /** Resolves when this page publishes nothing any more. What it has stored is moved. */
    endPublishing(): Promise<void>;
    /** What the page knows of itself and of the database, for the message of a failure. */
    state(): Promise<object>;
    /** The notes of the dead letters. */
    notes(): Promise<(string | null)[]>;
    /** Events that wait or are leased. */
    left(): Promise<number>;
    /** Errors that nothing has caught. */
    uncaught: string[];
  }
}

const MAX_PAUSE_MS = 60;
/**
 * Events that wait before the lines pause. The nine keys have one event each in a request, so nine lines publish faster than a tab
 * sends, in Firefox several times: without a limit the run measures for how long the faults last.
 */
const MOST_LEFT = 150;
const RETRIES = { maxAttempts: Number.POSITIVE_INFINITY, backoffBaseMs: 20, backoffMaxMs: 300 };

window.uncaught = [];
addEventListener('unhandledrejection', ({ reason }) => window.uncaught.push(String(reason)));
addEventListener('error', ({ message }) => window.uncaught.push(message));

const device = indexedDbBackend({ database: 'device' });
const reports = new LastReports();
const events = new EventChannel<{ orders: Order }>({ backend: device, observer: reports.observe });
/** Undefined until the page has reached the NATS server once. */
let shown: () => ShownStatus = () => undefined;

window.notes = async () => (await events.deadLetters('orders')).map(({ note }) => note);
window.left = async () => {
  const { ready, leased, scheduled } = await events.stats('orders');
  return ready + leased + scheduled;
};

window.state = () => deviceState(events, shown(), reports);

let isPublishing = true;
let publishing: Promise<unknown> = Promise.resolve();

window.startDevice = ({ lines, to, url }) => {
  publishing = Promise.all(lines.map(publishLine));
  if (to === 'ingress') sendTo(url);
  else void moveTo(url);
};

window.endPublishing = async () => {
  isPublishing = false;
  await publishing;
};

/** Reports an acknowledged publish to the server of the page, which no fault concerns. */
function report(id: string): void {
  // A page that ends cannot report any more.
  fetch('/acknowledged', { method: 'POST', body: id, keepalive: true }).catch(() => {});
}

async function publishLine(line: string): Promise<void> {
  for (let place = 0; isPublishing; place += 1) {
    const id = `${line}-${place}`;
    await events.publish('orders', { line, place }, null, { id, key: line });
    report(id);
    do await new Promise((resolve) => setTimeout(resolve, Math.random() * MAX_PAUSE_MS));
    while (isPublishing && place % 5 === 0 && (await window.left()) > MOST_LEFT);
  }
}

async function moveTo(servers: string): Promise<void> {
  const reconnecting = { maxReconnectAttempts: -1, reconnectTimeWait: 50, reconnectJitter: 100 };
  const connection = await wsconnect({
    ...{ servers, ...reconnecting, waitOnFirstConnect: true },
    // A network that is silent closes no connection.
    ...{ pingInterval: 500, maxPingOut: 2 },
  });
  const forwarding = forward({
    from: device,
    to: natsBackend({ connection, requestTimeoutMs: 1_500, dedupeWindowMs: 86_400_000 }),
    channel: 'orders',
    drop: ['key'],
    ...RETRIES,
    observer: reports.observe,
  });
  shown = forwarding.getSnapshot;
}

function sendTo(url: string): void {
  const outbox = createOutbox({
    events,
    channel: 'orders',
    send: httpBatchSender({ url: `${url}/events/orders`, timeoutMs: 1_500, batch: { size: 50 } }),
    ...RETRIES,
    returnJitterMs: 50,
  });
  shown = outbox.watch().getSnapshot;
}

obeyRemote();
