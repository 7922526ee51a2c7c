import type { Runtime } from '../../../core/runtime.ts';
import type { Locks } from '../../../platform/locks.ts';
import { ClaimLock } from './claim-lock.ts';

export interface ClaimLocksOptions {
  readonly database: string;
  readonly locks: Locks | undefined;
  readonly runtime: Runtime;
}

/** The claim locks of one context, one for each queue. While the page stands still it holds none and waits for none. */
export class ClaimLocks {
  readonly #options: ClaimLocksOptions;
  readonly #onContest: (queue: string) => void;
  readonly #orders = new Map<string, ClaimLock>();
  #isSuspended = false;

  /** `onContest`: a claim from the queue was lost to another context, which does not notice that itself. */
  constructor(options: ClaimLocksOptions, onContest: (queue: string) => void) {
    this.#options = options;
    this.#onContest = onContest;
  }

  of(queue: string): ClaimLock {
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

  #newOrder(queue: string): ClaimLock {
    const { database, locks, runtime } = this.#options;
    const name = `ackline:${database}:claim:${queue}`;
    const order = new ClaimLock(locks, name, runtime, () => this.#onContest(queue));
    if (this.#isSuspended) order.suspend();
    return order;
  }
}
