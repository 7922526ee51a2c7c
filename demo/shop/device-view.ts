import { browse } from 'ackline/inspection';
import type { OutboxSnapshot } from 'ackline/outbox';
import { byId, element, setText } from '../dom.ts';
import type { ShopEvents } from './open-shop.ts';
import { describeOrder } from './order.ts';

const SHOWN_ORDERS = 6;

/** Shows the outbox of this device, and the first orders that wait in it. */
export class DeviceView {
  readonly #events: ShopEvents;

  constructor(events: ShopEvents) {
    this.#events = events;
  }

  async show({ state, waiting, sending, failed, lastError }: OutboxSnapshot): Promise<void> {
    setText(byId('state'), state);
    setText(byId('waiting'), String(waiting ?? '…'));
    setText(byId('sending'), String(sending ?? '…'));
    setText(byId('refused'), String(failed ?? '…'));
    setText(byId('last-error'), lastError ? `Last failure: ${lastError.message}` : '');
    byId('waiting-orders').replaceChildren(...(await this.#waitingOrders()));
  }

  async #waitingOrders(): Promise<readonly HTMLElement[]> {
    const pages = await Promise.all(
      (['ready', 'scheduled'] as const).map((state) =>
        browse(this.#events, 'orders', { state, limit: SHOWN_ORDERS, payload: true }),
      ),
    );
    return pages
      .flatMap(({ events }) => events)
      .slice(0, SHOWN_ORDERS)
      .map(({ payload, attempts }) => {
        const order = payload ? describeOrder(payload) : 'an order';
        return element('li', {}, attempts > 0 ? `${order} (attempt ${attempts} failed)` : order);
      });
  }
}
