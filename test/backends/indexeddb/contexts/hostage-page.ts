import { EventChannel, type Listener } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';

/** The calls of one tab and its deliveries, with the longest time of a call. */
export interface HostageRecord {
  readonly cycles: number;
  readonly published: readonly string[];
  readonly delivered: readonly string[];
  readonly acknowledged: readonly string[];
  readonly slowest: { readonly operation: string; readonly ms: number };
}

/** Runs full cycles, one after the other, until it is stopped. */
class Cycler {
  readonly #events = new EventChannel({ backend: indexedDbBackend({ database: 'hostage' }) });
  readonly #published: string[] = [];
  readonly #delivered: string[] = [];
  readonly #acknowledged: string[] = [];
  #slowest = { operation: 'none', ms: 0 };
  #cycles = 0;
  #isStopped = false;
  #running: Promise<void> | undefined;
  #hinted: Listener | undefined;
  #reached: { readonly cycles: number; resolve(): void } | undefined;

  get cycles(): number {
    return this.#cycles;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Calls until now opened the database, among others. They do not count as slow. */
  forgetSlowest(): void {
    this.#slowest = { operation: 'none', ms: 0 };
  }

  /** Consumes the events of other tabs, so that their hints would make it scan also while it is frozen. */
  listen(): void {
    this.#hinted = this.#events.listen('hinted', ({ eventId }) => {
      this.#delivered.push(eventId);
    });
  }

  /** Resolves with true after this number of further cycles, or with false after `withinMs`. */
  progress(cycles: number, withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), withinMs);
      this.#reached = {
        cycles: this.#cycles + cycles,
        resolve: () => {
          clearTimeout(timer);
          resolve(true);
        },
      };
    });
  }

  async stop(): Promise<HostageRecord> {
    this.#isStopped = true;
    await this.#running;
    await this.#hinted?.stop();
    return {
      cycles: this.#cycles,
      published: this.#published,
      delivered: this.#delivered,
      acknowledged: this.#acknowledged,
      slowest: this.#slowest,
    };
  }

  /** Acknowledges all remaining events. Events of other contexts come after their leases have expired. */
  async drain(channel: string): Promise<string[]> {
    const left: string[] = [];
    for (;;) {
      const deliveries = await this.#events.dequeueMany(channel, 100);
      left.push(...deliveries.map(({ eventId }) => eventId));
      await Promise.all(deliveries.map((delivery) => delivery.ack()));
      const { ready, leased } = await this.#events.stats(channel);
      if (ready + leased === 0) return left;
    }
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      await this.#cycle();
      this.#cycles += 1;
      if (this.#reached && this.#cycles >= this.#reached.cycles) this.#reached.resolve();
    }
  }

  async #cycle(): Promise<void> {
    const events = this.#events;
    this.#published.push(await this.#timed('publish', events.publish('cycles', this.#cycles)));
    if (this.#hinted === undefined)
      this.#published.push(await this.#timed('publish', events.publish('hinted', this.#cycles)));
    const delivery = await this.#timed('dequeue', events.dequeue('cycles'));
    if (delivery === null) return;
    this.#delivered.push(delivery.eventId);
    const settlement = await this.#timed('ack', delivery.ack());
    if (settlement === 'ok') this.#acknowledged.push(delivery.eventId);
  }

  async #timed<T>(operation: string, asked: Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const answer = await asked;
    const ms = performance.now() - startedAt;
    if (ms > this.#slowest.ms) this.#slowest = { operation, ms };
    return answer;
  }
}

declare global {
  interface Window {
    cycler: Cycler;
  }
}

window.cycler = new Cycler();
