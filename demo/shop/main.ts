import { requestSync } from 'ackline/outbox';
import { byId } from '../dom.ts';
import { showFault } from '../fault.ts';
import { inspectOnClick, makeInspector } from '../inspect.ts';
import { showCode } from '../shown-code.ts';
import { throttle } from '../throttle.ts';
import { DeviceView } from './device-view.ts';
import { NetworkSwitch } from './network-switch.ts';
import { nextOrder } from './next-order.ts';
import { openShop, placeOrder } from './open-shop.ts';
import openShopSource from './open-shop.ts?raw';
import { readReport, resetServer } from './server-api.ts';
import { ServerView } from './server-view.ts';

const DRAW_MS = 100;
const REPORT_MS = 500;

const network = new NetworkSwitch();
const { events, backend, outbox } = openShop(network);
const device = new DeviceView(events);
const server = new ServerView(showFault);

async function place(count: number): Promise<void> {
  const orders = Array.from({ length: count }, nextOrder);
  await Promise.all(orders.map((order) => placeOrder(events, order)));
  const registration = await navigator.serviceWorker?.getRegistration();
  if (registration && network.isOnline()) await requestSync(registration);
}

function onClick(id: string, action: () => Promise<void>): void {
  byId(id).addEventListener('click', () => void action().catch(showFault));
}

const draw = throttle(() => {
  device.show(outbox.watch().getSnapshot()).catch(showFault);
}, DRAW_MS);

async function report(): Promise<void> {
  server.show(await readReport());
  setTimeout(() => void report(), REPORT_MS);
}

async function startAgain(): Promise<void> {
  await resetServer();
  await backend.destroy();
  location.reload();
}

onClick('place-one', () => place(1));
onClick('place-many', () => place(20));
onClick('start-again', startAgain);
byId('reload').addEventListener('click', () => location.reload());
byId('offline').addEventListener('change', ({ target }) => {
  network.turn(!(target as HTMLInputElement).checked);
});
// The end-to-end test places many orders at once.
Object.assign(window, { shop: { place, outbox } });
inspectOnClick(byId('inspect'), byId('inspector'), {
  inspector: makeInspector(),
  sources: { shop: { events, channels: ['orders'] } },
});
addEventListener('unhandledrejection', ({ reason }) => showFault(reason));

showCode(openShopSource);
outbox.watch().subscribe(draw);
void report();

const worker =
  import.meta.env.MODE === 'development' ? './service-worker.ts' : './service-worker.js';
// Without a worker the shop still sends while a tab is open.
navigator.serviceWorker?.register(worker, { type: 'module' }).catch(showFault);
