import type { Delivery } from 'ackline';
import { element } from '../dom.ts';
import { LEASE_MS, openTour } from './open-tour.ts';
import { isTabName, type TabName, type TabOrder, type TabReport } from './tab-messages.ts';

/** How long a handler works, so that a visitor can kill its tab meanwhile. */
const WORK_MS = 2_500;

type Order = Delivery<{ readonly number: number }>;

const tab = nameOf(location.search);
const desk = document.getElementById('desk') as HTMLElement;
let failsNext = false;

function nameOf(search: string): TabName {
  const name = new URLSearchParams(search).get('tab');
  return isTabName(name) ? name : 'A';
}

function report(message: TabReport): void {
  parent.postMessage(message, location.origin);
}

function reportOf(kind: 'leased' | 'acknowledged' | 'failed', delivery: Order): void {
  const { eventId, attempts, payload } = delivery;
  report({ kind, tab, eventId, attempts, number: payload.number });
}

function showIdle(): void {
  desk.replaceChildren(element('p', { class: 'quiet' }, 'Waits for an order'));
}

function leaseBar(): HTMLElement {
  const bar = element('div', { class: 'lease', title: 'The lease' });
  bar.style.setProperty('--lease-ms', `${LEASE_MS}ms`);
  return bar;
}

function showWork({ payload, attempts }: Order): void {
  const again = attempts > 1 ? ' again' : '';
  desk.replaceChildren(
    element('p', { class: 'work' }, `Order ${payload.number}`),
    element('p', { class: `attempt${again}`, 'data-testid': 'attempt' }, `attempt ${attempts}`),
    leaseBar(),
  );
}

const { events } = openTour((event) => {
  const isExtended =
    event.type === 'settled' && event.verb === 'extend' && event.settlement === 'ok';
  // A new bar begins at its full length.
  if (isExtended) desk.querySelector('.lease')?.replaceWith(leaseBar());
});

events.listen('order.placed', async (delivery) => {
  reportOf('leased', delivery);
  showWork(delivery);
  await new Promise((resolve) => setTimeout(resolve, WORK_MS));
  showIdle();
  if (failsNext) {
    failsNext = false;
    reportOf('failed', delivery);
    throw new Error('a visitor asked for it');
  }
  if ((await delivery.ack()) === 'ok') reportOf('acknowledged', delivery);
});

addEventListener('message', ({ data, origin }: MessageEvent<TabOrder>) => {
  if (origin === location.origin && data.kind === 'fail-next') failsNext = true;
});

showIdle();
report({ kind: 'opened', tab });
