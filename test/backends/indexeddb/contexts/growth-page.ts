import { type Delivery, EventChannel, type Runtime, type Stop, systemRuntime } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';

/** The channels are used alternately, so their segments are interleaved. */
const CHANNELS = ['growth.a', 'growth.b', 'growth.c'];
const DATABASE = 'growth';
/** This lease is short, so other tabs take over its events while they work. */
const LEASE_MS = 1_000;
const LONG_LEASE_MS = 600_000;

/** A timer with a longer delay waits for rows that cannot be deleted yet. */
const SOON_MS = 1_000;
/** After this time the work that a timer began has ended. */
const CALM_MS = 500;

interface Timer {
  /** The due time, by the clock that can be moved. */
  readonly dueAt: number;
  readonly fire: () => void;
}

/** How many events ended in this tab. */
export interface Ended {
  readonly acknowledged: number;
  readonly rejected: number;
  /** Deliveries after the first of each event. */
  readonly redelivered: number;
}

/** Times in milliseconds of the repeated calls in one database. */
export interface Times {
  readonly claims: number[];
  /** Times of scans that found nothing. */
  readonly scans: number[];
}

/** The times in a fresh database and in the used one. */
export interface Comparison {
  readonly fresh: Times;
  readonly used: Times;
}

/** The functions of a tab that uses a database, with a clock that can be moved. */
class GrowthTab {
  #offsetMs = 0;
  readonly #timers = new Set<Timer>();
  readonly #events = this.#open(DATABASE);
  #acknowledged = 0;
  #rejected = 0;
  #redelivered = 0;

  /** Publishes `count` events, `inFlight` at once, and settles them in every way. */
  async cycle(count: number, inFlight: number): Promise<void> {
    for (let done = 0; done < count; done += inFlight) {
      const size = Math.min(inFlight, count - done);
      await Promise.all(Array.from({ length: size }, (_, index) => this.#publish(done + index)));
      const channels = size === 1 ? [channelOf(done)] : CHANNELS;
      for (const channel of channels) await this.#consume(channel, inFlight);
    }
  }

  /** Claims events and settles some of them. Other tabs take over the rest after this tab has crashed. */
  async hold(count: number): Promise<Ended> {
    const options = { pollIntervalMs: 0, leaseMs: LONG_LEASE_MS };
    for (const channel of CHANNELS) {
      const deliveries = await this.#events.dequeueMany(channel, count, options);
      await this.#acknowledge(deliveries.filter((_, index) => index % 3 === 0));
    }
    return this.ended;
  }

  /** Acknowledges all remaining events once they are due or their leases have expired. */
  async drain(): Promise<Ended> {
    for (const channel of CHANNELS)
      while (!(await this.#isEmpty(channel))) {
        const options = { pollIntervalMs: 100 };
        await this.#acknowledge(await this.#events.dequeueMany(channel, 1_000, options));
      }
    return this.ended;
  }

  get ended(): Ended {
    const [acknowledged, rejected] = [this.#acknowledged, this.#rejected];
    return { acknowledged, rejected, redelivered: this.#redelivered };
  }

  /** Whether the library has no timer with a short delay, so that all rows which can be deleted are deleted. */
  get isCalm(): boolean {
    const soon = this.#now() + SOON_MS;
    return [...this.#timers].every(({ dueAt }) => dueAt > soon);
  }

  /** Moves the clock by `ms`, scans, and deletes the rows that may be deleted by then. Resolves with whether nothing was due. */
  async scanLater(ms: number): Promise<boolean> {
    this.#offsetMs += ms;
    for (const { dueAt, fire } of [...this.#timers]) if (dueAt <= this.#now()) fire();
    const found: unknown[] = [];
    for (const channel of CHANNELS)
      found.push(await this.#events.dequeue(channel, { pollIntervalMs: 0 }));
    do await new Promise((resolve) => setTimeout(resolve, CALM_MS));
    while (!this.isCalm);
    return found.every((delivery) => delivery === null);
  }

  /** How many rows each store has. */
  async rows(): Promise<Record<string, number>> {
    const database = await settled(indexedDB.open(DATABASE));
    const rows: Record<string, number> = {};
    for (const store of database.objectStoreNames)
      rows[store] = await settled(database.transaction(store).objectStore(store).count());
    database.close();
    return rows;
  }

  /** Single claims in both databases alternately. Each round uses a new fresh database. */
  async compare(rounds: number, claims: number): Promise<Comparison> {
    const fresh: Times = { claims: [], scans: [] };
    const used: Times = { claims: [], scans: [] };
    for (let round = 0; round < rounds; round += 1) {
      const other = this.#open(`fresh-${systemRuntime.randomId()}`);
      for (let claim = 0; claim < claims; claim += 1) {
        await time(this.#events, used);
        await time(other, fresh);
      }
      await other.shutdown();
    }
    return { fresh, used };
  }

  #open(database: string): EventChannel {
    const runtime: Runtime = {
      ...systemRuntime,
      now: () => this.#now(),
      after: (ms, call) => this.#after(ms, call),
    };
    const backend = indexedDbBackend({ database, runtime, leaseMode: 'available' });
    return new EventChannel({ backend, leaseMs: LEASE_MS, maxAttempts: 1_000 });
  }

  #now(): number {
    return systemRuntime.now() + this.#offsetMs;
  }

  #after(ms: number, call: () => void): Stop {
    const stop = systemRuntime.after(ms, () => timer.fire());
    const end = () => {
      stop();
      this.#timers.delete(timer);
    };
    const fire = () => {
      end();
      call();
    };
    const timer: Timer = { dueAt: this.#now() + ms, fire };
    this.#timers.add(timer);
    return end;
  }

  #publish(index: number): Promise<string> {
    const isLate = index % 50 === 0;
    return this.#events.publish(channelOf(index), index, null, isLate ? { delayMs: 20 } : {});
  }

  async #consume(channel: string, limit: number): Promise<void> {
    const deliveries = await this.#events.dequeueMany(channel, limit, { pollIntervalMs: 0 });
    const odd = deliveries.filter((_, index) => index % 2 === 1);
    const even = deliveries.filter((_, index) => index % 2 === 0);
    for (const part of [odd, even]) await Promise.all(part.map((one) => this.#settle(one)));
  }

  /** Acknowledges an event that was delivered before, so that it ends. */
  async #settle(delivery: Delivery): Promise<void> {
    if (delivery.attempts > 1) this.#redelivered += 1;
    const kind = delivery.attempts > 1 ? 'ack' : WAYS[(delivery.payload as number) % 100];
    if (kind === 'reject') await this.#reject(delivery);
    else if (kind === 'nack') await delivery.nack();
    else if (kind === 'delay') await delivery.nack({ delayMs: 20 });
    else if (kind === 'extend') {
      await delivery.extend(LEASE_MS);
      await this.#acknowledge([delivery]);
    } else if (kind !== 'expire') await this.#acknowledge([delivery]);
  }

  async #reject(delivery: Delivery): Promise<void> {
    const answer = await delivery.reject('test');
    if (answer === 'ok') this.#rejected += 1;
  }

  async #acknowledge(deliveries: readonly Delivery[]): Promise<void> {
    const answers = await Promise.all(deliveries.map((delivery) => delivery.ack()));
    this.#acknowledged += answers.filter((answer) => answer === 'ok').length;
  }

  async #isEmpty(channel: string): Promise<boolean> {
    const { ready, leased, scheduled } = await this.#events.stats(channel);
    return ready + leased + scheduled === 0;
  }
}

/** How events are settled, by the last two digits of their numbers. Others are acknowledged. */
const WAYS: Readonly<Record<number, string>> = {
  7: 'reject',
  17: 'nack',
  18: 'nack',
  37: 'delay',
  38: 'delay',
  57: 'expire',
  58: 'expire',
  77: 'extend',
};

function channelOf(index: number): string {
  return String(CHANNELS[index % CHANNELS.length]);
}

/** Measures the claim of a single event, and the scan after its acknowledgement. */
async function time(events: EventChannel, { claims, scans }: Times): Promise<void> {
  const channel = channelOf(0);
  const scan = () => events.dequeue(channel, { pollIntervalMs: 0 });
  await events.publish(channel, 'timed');
  const startedAt = performance.now();
  const delivery = await scan();
  claims.push(performance.now() - startedAt);
  if ((await delivery?.ack()) !== 'ok') throw new Error('the timed claim brought nothing');
  const idleAt = performance.now();
  await scan();
  scans.push(performance.now() - idleAt);
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

declare global {
  interface Window {
    growth: GrowthTab;
  }
}

window.growth = new GrowthTab();
