import { byId, element, setText } from '../dom.ts';
import { describeOrder, FAULTS, type Fault, type ServerReport } from './order.ts';
import { setFault } from './server-api.ts';

const SHOWN_ORDERS = 6;

const FAULT_NAMES: Readonly<Record<Fault, string>> = {
  none: 'as it should',
  '500': 'with 500',
  '429': 'with 429, try again in a second',
  silence: 'nothing',
  'answer-lost': 'with 502, after it has stored the order',
  mixed: 'as it should, or with any fault',
};

/** Shows what the server has, and lets a visitor choose its faults. */
export class ServerView {
  readonly #choice = byId('server-fault') as HTMLSelectElement;

  constructor(onError: (error: unknown) => void) {
    this.#choice.append(
      ...FAULTS.map((fault) => element('option', { value: fault }, FAULT_NAMES[fault])),
    );
    this.#choice.addEventListener('change', () => {
      setFault(this.#choice.value as Fault).catch(onError);
    });
  }

  show(report: ServerReport | null): void {
    setText(byId('server-note'), report ? repeated(report) : 'The server does not answer.');
    if (!report) return;
    if (document.activeElement !== this.#choice) this.#choice.value = report.fault;
    setText(byId('requests'), String(report.requests));
    setText(byId('processed'), String(report.orders.length));
    const last = report.orders.slice(-SHOWN_ORDERS).toReversed();
    byId('server-orders').replaceChildren(
      ...last.map((order) => element('li', {}, describeOrder(order))),
    );
  }
}

function repeated({ requests, orders }: ServerReport): string {
  const more = requests - orders.length;
  return more > 0 ? `${more} requests failed or were repeated. No order is there twice.` : '';
}
