import type { Receipt } from 'ackline';
import { byId, setText } from '../dom.ts';
import { showFault } from '../fault.ts';
import { inspectOnClick, makeInspector } from '../inspect.ts';
import { showCode } from '../shown-code.ts';
import type { FrameReport } from './frame-messages.ts';
import mainSource from './main.ts?raw';
import { openPrices } from './prices.ts';
import pricesSource from './prices.ts?raw';
import { RoundRow, receiptText } from './round-row.ts';
import tabSource from './tab.ts?raw';
import { TabCard } from './tab-card.ts';

const NAMES = ['A', 'B', 'C', 'D', 'E', 'F'];
const FIRST_TABS = 3;
const FIRST_PRICE = 10;
const SHOWN_ROUNDS = 5;

/** Of this page alone. Another page of the demo has tabs of its own. */
const name = `ackline-many-tabs-${crypto.randomUUID()}`;

const inspector = makeInspector();
const { events } = openPrices(name, inspector.observer);
const cards = new Map<string, TabCard>();
/** The names of closed tabs, too: their receipts are still shown. */
const tabOf = new Map<string, string>();
let price = FIRST_PRICE;

async function changePrice(): Promise<void> {
  price += 1;
  const row = new RoundRow(`${price} €`);
  byId('rounds').prepend(row.element);
  [...byId('rounds').children].slice(SHOWN_ROUNDS).forEach((old) => void old.remove());
  for (const card of cards.values())
    card.showReceipt(card.isFrozen ? 'No receipt: it is frozen' : 'No receipt yet', 'quiet');
  const startedAt = performance.now();
  const onReceipt = (receipt: Receipt) => {
    const tab = tabOf.get(receipt.memberId) ?? '?';
    const shown = receiptText(receipt, performance.now() - startedAt);
    row.add(tab, shown);
    cards.get(tab)?.showReceipt(shown.text, shown.tone);
  };
  // #region publish
  // Resolves when each tab that listens has answered.
  const terms = { onReceipt, timeoutMs: 10_000 };
  const answers = await events.publishConfirmed('price', price, null, terms);
  // #endregion
  inspector.showConfirmation('price', answers);
}

function addTab(): void {
  const tab = NAMES.find((one) => !cards.has(one));
  if (tab === undefined) return;
  const card = new TabCard(tab, { name, onClose: closeTab });
  cards.set(tab, card);
  byId('tabs').append(card.element);
  showAdd();
}

/** Without its frame the page is gone at once, as a closed tab is. */
function closeTab(card: TabCard): void {
  cards.delete(card.tab);
  card.element.remove();
  showAdd();
  byId('add').focus();
}

function showAdd(): void {
  (byId('add') as HTMLButtonElement).disabled = cards.size === NAMES.length;
}

/** Something moves before the visitor has done anything. */
const firstChange = (count: number): void => {
  if (count === FIRST_TABS && price === FIRST_PRICE) void changePrice().catch(showFault);
};

const showCount = (count: number): void => {
  setText(byId('members'), count === 1 ? '1 tab listens' : `${count} tabs listen`);
  firstChange(count);
};

addEventListener('message', ({ data, origin }: MessageEvent<FrameReport>) => {
  if (origin !== location.origin || data?.kind !== 'opened') return;
  tabOf.set(data.memberId, data.tab);
});
addEventListener('unhandledrejection', ({ reason }) => showFault(reason));

// #region members
// Without closed, crashed and frozen tabs.
events.watchMembers('price', (members) => showCount(members.length));
// #endregion

showCode(pricesSource, tabSource, mainSource);
for (let count = 0; count < FIRST_TABS; count += 1) addTab();
byId('publish').addEventListener('click', () => void changePrice().catch(showFault));
byId('add').addEventListener('click', addTab);
byId('start-again').addEventListener('click', () => location.reload());
inspectOnClick(byId('inspect'), byId('inspector'), {
  inspector,
  sources: { tabs: { events, channels: ['price'] } },
});
