import type { Observer } from 'ackline';
import { byId, setText } from '../dom.ts';
import type { FrameOrder, FrameReport } from './frame-messages.ts';
import { openPrices } from './prices.ts';

const parameters = new URLSearchParams(location.search);
const tab = parameters.get('tab') ?? 'A';

/** Each tab takes another time, so that a visitor sees the receipts arrive one after the other. */
const workMs = 400 + 350 * (tab.charCodeAt(0) % 3);

let isFrozen = false;

function show(doing: string): void {
  setText(byId('doing'), isFrozen ? 'Frozen' : doing);
  document.body.classList.toggle('working', doing !== '' && !isFrozen);
  document.body.classList.toggle('frozen', isFrozen);
}

/** A frozen page does nothing until it goes on. */
async function work(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, workMs));
  if (isFrozen)
    await new Promise((resolve) => document.addEventListener('resume', resolve, { once: true }));
}

async function showPrice(price: number): Promise<void> {
  show(`Draws ${price} €`);
  await work();
  setText(byId('price'), `${price} €`);
  show('');
}

// #region missed
// A tab gets what it missed. What is lost is reported:
const observer: Observer = (event) => {
  if (event.type === 'events-missed') location.reload();
};
// #endregion

const { events, backend } = openPrices(parameters.get('name') ?? 'ackline-many-tabs', observer);
// #region listen
// Returns: acknowledged. Throws: delivered again.
events.listen('price', async ({ payload }) => {
  await showPrice(payload);
});
// #endregion

addEventListener('message', ({ data, origin }: MessageEvent<FrameOrder>) => {
  if (origin !== location.origin) return;
  isFrozen = data.kind === 'freeze';
  show('');
  // The event with which a browser freezes a page in the background, and lets it go on.
  document.dispatchEvent(new Event(data.kind));
});

const report: FrameReport = { kind: 'opened', tab, memberId: backend.memberId };
parent.postMessage(report, location.origin);
show('');
