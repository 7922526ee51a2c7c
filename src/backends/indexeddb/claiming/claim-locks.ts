import type { CheckedOptions } from '../backend-options.ts';
import { ClaimOrder } from './claim-lock.ts';

/** The claim locks of one context, one for each queue. While the page stands still it holds none and waits for none. */
export class ClaimOrders {
  readonly #options: CheckedOptions;
  readonly #onContest: (queue: string) => void;
  readonly #orders = new Map<string, ClaimOrder>();
  #isSuspended = false;

  /** `onContest`: a claim from the queue was lost to another context, which does not notice that itself. */
  constructor(options: CheckedOptions, onContest: (queue: string) => void) {
    this.#options = options;
    this.#onContest = onContest;
  }

  of(queue: string): ClaimOrder {
    const order = this.#orders.get(queue) ?? this.#newOrder(queue);
    this.#orders.set(queue, order);
    return order;
  }

  suspend(): void {
    this.#isSuspended = true;
    for (const order of this.#orders.values()) order.suspend();
  }

  resume(): void {
    this.#isSuspended = false;
    for (const order of this.#orders.values()) order.resume();
  }

  #newOrder(queue: string): ClaimOrder {
    const { database, locks, runtime } = this.#options;
    const name = `ackline:${database}:claim:${queue}`;
    const order = new ClaimOrder(locks, name, runtime, () => this.#onContest(queue));
    if (this.#isSuspended) order.suspend();
    return order;
  }
}
