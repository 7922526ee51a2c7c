import type { Delivery } from 'ackline';
import { countRows } from './count-rows.ts';
import type { SimulatedStore } from './simulated-backends.ts';
import { SimulatedContext } from './simulated-context.ts';
import {
  DATABASE,
  LEASE_MS,
  MAX_ATTEMPTS,
  MAX_HOLD_MS,
  type OriginClient,
  SimulatedOrigin,
} from './simulated-origin.ts';

const CONTEXTS = 3;
const EVENTS = 14;
const RETRY_MS = 200;
/** An idle consumer gets an event so soon after the event has become due. */
const MOST_MS = 2_000;
/** After this time without an event the clean-up has ended. */
const REST_MS = 600_000;

/** Rows that are left when every event is done: one guard row for each channel, and the dead letters. */
const MOST_ROWS = { segments: 0, late: 0, returned: 0, claims: 0, endings: 0, epochs: 2 };

/** What the handlers do with an event. `retry`: nack it once, with a delay. `fail`: nack it each time. */
type Fate = 'ack' | 'retry' | 'reject' | 'fail';

const FATES: readonly Fate[] = ['ack', 'ack', 'retry', 'reject', 'fail'];

interface Expected {
  readonly fate: Fate;
  /** When its next delivery is due. */
  dueAt: number;
  attempts: number;
  isDone: boolean;
}

/**
 * A simulation in which nothing goes wrong. It checks what faults would hide: that an event is delivered at once, exactly once
 * where its handler settles it, with the right attempt; that a lease ends when it has to; and which rows are left.
 */
export class HealthySimulation {
  readonly #origin: SimulatedOrigin;
  readonly #isMemory: boolean;
  readonly #expected = new Map<string, Expected>();
  readonly #faults: string[] = [];

  constructor(seed: number, store: SimulatedStore) {
    this.#origin = new SimulatedOrigin(seed, store);
    this.#isMemory = store === 'memory';
  }

  /** Resolves with what was wrong. */
  async run(): Promise<readonly string[]> {
    const stuck = await this.#origin.run(this.#scenario());
    if (stuck !== undefined) this.#note(stuck);
    return this.#faults;
  }

  async #scenario(): Promise<void> {
    const first = await this.#origin.open('c0');
    const second = await this.#origin.open('c1');
    const clients = [first, second];
    while (clients.length < CONTEXTS) clients.push(await this.#origin.open(`c${clients.length}`));
    for (const client of clients)
      await this.#origin.in(client.context, async () => {
        client.events.listen('a', (delivery) => this.#receive(delivery), { autoAck: false });
      });
    await this.#publishAll(clients);
    await this.#checkTakeover(first, second);
    await this.#origin.sleep(REST_MS);
    await this.#checkEnd(second);
    await Promise.all(
      clients.map((client) => this.#origin.in(client.context, () => client.events.shutdown())),
    );
    if (!this.#isMemory) await this.#checkRows();
  }

  async #publishAll(clients: readonly OriginClient[]): Promise<void> {
    const { random } = this.#origin.world;
    for (let count = 1; count <= EVENTS; count += 1) {
      await this.#origin.sleep(random.pick([1, 20, 3_000]) * random.next());
      const fate = random.pick(FATES);
      const delayMs = random.chance(0.2) ? random.whole(1, 1_500) : 0;
      const payload = `${fate}-${count}`;
      const dueAt = this.#origin.world.time + Math.max(0, delayMs - 1);
      this.#expected.set(payload, { fate, dueAt, attempts: 0, isDone: false });
      const { context, events } = random.pick(clients);
      const options = delayMs > 0 ? { delayMs } : {};
      void this.#origin
        .in(context, () => events.publish('a', payload, null, options))
        .catch((error: unknown) => this.#note(`a publish failed: ${String(error)}`));
    }
    await this.#origin.sleep(5 * MOST_MS);
    for (const [payload, { isDone }] of this.#expected)
      if (!isDone) this.#note(`${payload} was not delivered in time`);
  }

  async #receive({ payload, attempts, ack, nack, reject }: Delivery): Promise<void> {
    const { time } = this.#origin.world;
    const event = this.#expected.get(String(payload));
    if (!event || event.isDone) return this.#note(`${payload} was delivered after its end`);
    if (time < event.dueAt) this.#note(`${payload} was early`);
    if (time > event.dueAt + MOST_MS) this.#note(`${payload} was late`);
    event.attempts += 1;
    if (attempts !== event.attempts)
      this.#note(`${payload}: attempt ${attempts}, expected ${event.attempts}`);
    const isRetried = event.fate === 'retry' && event.attempts === 1;
    event.dueAt = time + (isRetried ? RETRY_MS - 1 : 0);
    event.isDone = !isRetried && (event.fate !== 'fail' || event.attempts === MAX_ATTEMPTS);
    if (isRetried) await nack({ delayMs: RETRY_MS });
    else if (event.fate === 'fail') await nack();
    else if (event.fate === 'reject') await reject('no');
    else await ack();
  }

  /** The first context does not settle an event. The second one gets it once the lease has ended. */
  async #checkTakeover(first: OriginClient, second: OriginClient): Promise<void> {
    const heldMs = this.#isMemory ? LEASE_MS : MAX_HOLD_MS;
    const eventId = await this.#origin.in(first.context, () => first.events.publish('b', 'held'));
    const calledAt = this.#origin.world.time;
    const [held] = await this.#origin.in(first.context, () => first.events.dequeueMany('b', 1));
    const endsAt = this.#origin.world.time + heldMs;
    const bare = await this.#origin.in(second.context, () => second.backend.ack(eventId));
    if (bare !== 'gone') this.#note(`an ack without a lease by another context: ${bare}`);
    const times: number[] = [];
    await this.#origin.in(second.context, async () => {
      second.events.listen('b', () => times.push(this.#origin.world.time));
    });
    await this.#origin.sleep(heldMs + 2 * MOST_MS);
    const [takenAt = Number.POSITIVE_INFINITY, ...others] = times;
    if (others.length > 0) this.#note('a lease that had ended was taken over twice');
    if (takenAt > endsAt + MOST_MS) this.#note('a lease that had ended was not taken over in time');
    if (takenAt < calledAt + heldMs - 1) this.#note('a lease was taken over before its end');
    const late = held && (await this.#origin.in(first.context, () => held.ack()));
    if (late === 'ok' || !held) this.#note(`an ack under a lost lease: ${late}`);
  }

  async #checkEnd({ context, backend }: OriginClient): Promise<void> {
    const letters =
      (await this.#origin.in(context, async () => backend.deadLetters?.('a', 1_000))) ?? [];
    const dead = letters.map(({ payload }) => String(payload)).sort();
    const expected = [...this.#expected]
      .filter(([, { fate }]) => fate === 'reject' || fate === 'fail')
      .map(([payload]) => payload)
      .sort();
    if (String(dead) !== String(expected))
      this.#note(`the dead letters are ${dead}, expected ${expected}`);
    for (const channel of ['a', 'b']) {
      const stats = await this.#origin.in(context, async () => backend.stats?.(channel));
      const left = stats && stats.ready + stats.leased + stats.scheduled;
      if (left !== 0) this.#note(`${channel}: ${left} events are left`);
    }
  }

  async #checkRows(): Promise<void> {
    const context = new SimulatedContext(this.#origin.world, 'count');
    const factory = this.#origin.storage.forContext(context);
    const counts = await this.#origin.in(context, () => countRows(factory, DATABASE));
    for (const [store, most] of Object.entries(MOST_ROWS)) {
      const count = counts.get(store) ?? 0;
      if (count > most) this.#note(`${count} rows are left in ${store}, expected ${most} at most`);
    }
  }

  #note(fault: string): void {
    this.#faults.push(fault);
  }
}
