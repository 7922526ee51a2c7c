import { type Delivery, EventChannel, type Listener, RejectError, RetryError } from 'ackline';
import { atRate, inBatches } from 'ackline/flow';
import fc from 'fast-check';
import { expectEqual, expectTrue } from '../../src/testing/conformance/expect.ts';
import { channelOf } from './model.ts';
import { command, context, numberOf, type Place, queue, sometimes } from './place.ts';
import { Recorder } from './recorded.ts';

/** How far time moves at once. Shorter than every wait and rate. */
const STEP_MS = 10;
const LEASE_MS = 30_000;
const POLL_MS = 20;
const MAX_ROUNDS = 3_000;

const listening = fc.record({
  queue,
  context,
  concurrency: fc.integer({ min: 1, max: 3 }),
  batch: fc.option(
    fc.record({ size: fc.integer({ min: 1, max: 3 }), maxWaitMs: fc.constantFrom(0, 50) }),
    { nil: undefined, freq: 2 },
  ),
  rate: sometimes(
    fc.record({ limit: fc.integer({ min: 1, max: 3 }), perMs: fc.constantFrom(20, 50) }),
  ),
  /** Pauses when so many handlers have started. */
  pausesAt: sometimes(fc.integer({ min: 1, max: 4 })),
  holdMs: fc.constantFrom(0, 0, 30),
  /** How the handlers end, by the number of the event. */
  ends: fc.array(fc.constantFrom('ack', 'ack', 'return', 'retry', 'postpone', 'reject'), {
    minLength: 2,
    maxLength: 3,
  }),
});
type Args = typeof listening extends fc.Arbitrary<infer T> ? T : never;

/** One start of a handler: of a batch, or of one event. */
interface Start {
  readonly at: number;
  readonly deliveries: readonly Delivery[];
}

/** One listener, and what it has done. */
class Listening {
  readonly starts: Start[] = [];
  readonly faults: string[] = [];
  readonly recorder: Recorder;
  readonly listener: Listener;
  readonly #args: Args;
  readonly #at: Place;
  readonly #firstHanded: number;
  #runningCount = 0;
  #isPaused = false;

  constructor(args: Args, at: Place) {
    this.#args = args;
    this.#at = at;
    this.#firstHanded = at.handed.length;
    this.recorder = new Recorder(at.backend(args.context), at);
    const { backend } = this.recorder;
    const observer = (event: { readonly type: string }) => {
      if (event.type === 'fault') this.faults.push(`${String(Object(event).error)}`);
    };
    const channel = new EventChannel({ backend, observer, runtime: at.world.runtime });
    const { queue, concurrency } = args;
    const group = queue.split('@')[1];
    const options = { concurrency, pollIntervalMs: POLL_MS, ...(group && { group }) };
    const terms = { ...options, ...(at.has('leaseMs') && { leaseMs: LEASE_MS }) };
    this.listener = channel.listen(channelOf(queue), this.#handler(), terms);
  }

  #handler() {
    const { batch, rate } = this.#args;
    const one = (delivery: Delivery) => this.#run([delivery]).then(([end]) => end?.());
    const many = (deliveries: readonly Delivery[]) =>
      this.#run(deliveries).then((ends) => Promise.allSettled(ends.map(async (end) => end())));
    const handler = batch ? inBatches(many, batch) : one;
    return rate ? atRate(handler, rate) : handler;
  }

  async #run(deliveries: readonly Delivery[]): Promise<(() => unknown)[]> {
    const { runtime } = this.#at.world;
    if (this.#isPaused) this.faults.push('a handler starts although its listener is paused');
    this.starts.push({ at: runtime.now(), deliveries });
    this.#runningCount += 1;
    if (this.#runningCount > this.#args.concurrency) this.faults.push('too many handlers run');
    if (this.starts.length === this.#args.pausesAt) this.#pause();
    const { holdMs } = this.#args;
    if (holdMs > 0) await new Promise<void>((resolve) => runtime.after(holdMs, resolve));
    this.#runningCount -= 1;
    return deliveries.map((delivery) => this.#endOf(delivery));
  }

  #pause(): void {
    this.#isPaused = true;
    this.listener.pause('a test');
    const { status, pauseReason } = this.listener;
    if (status !== 'paused' || pauseReason !== 'a test') this.faults.push(`paused: ${status}`);
    this.#at.world.runtime.after(5 * STEP_MS, () => {
      this.#isPaused = false;
      this.listener.resume();
      if (this.listener.status !== 'running') this.faults.push('resumed, but not running');
    });
  }

  /** Each delivery is settled as its handler has ended, and one without a handler is released. */
  checkSettlements(): void {
    const { settled } = this.recorder;
    const started = new Set<string>();
    for (const delivery of this.starts.flatMap(({ deliveries }) => deliveries)) {
      const of = `${delivery.eventId} ${delivery.lease}`;
      started.add(of);
      const { verb, ms, postpones } = settled.get(of) ?? {};
      expectEqual({ verb, ms, postpones }, this.#settlementOf(delivery), `the end of ${of}`);
    }
    for (const { id, lease } of this.#at.handed.slice(this.#firstHanded)) {
      const { verb, postpones } = settled.get(`${id} ${lease}`) ?? {};
      const isReleased = verb === 'nack' && postpones === this.#at.has('countsAsAttempt');
      expectTrue(started.has(`${id} ${lease}`) || isReleased, `${id} is released: ${verb}`);
    }
  }

  #settlementOf(delivery: Delivery): object {
    const end = this.#nameOf(delivery);
    if (end === 'ack' || end === 'return') return { verb: 'ack', ms: 0, postpones: false };
    if (end === 'reject') return { verb: 'reject', ms: 0, postpones: false };
    return { verb: 'nack', ms: LEASE_MS, postpones: end === 'postpone' };
  }

  #nameOf(delivery: Delivery): string {
    const { ends } = this.#args;
    const end = ends[numberOf(delivery) % ends.length] as string;
    return this.#at.has('delayMs') || end === 'reject' || end === 'ack' ? end : 'return';
  }

  /** Throws, or settles the delivery, or leaves that to the listener. */
  #endOf(delivery: Delivery): () => unknown {
    const end = this.#nameOf(delivery);
    if (end === 'ack' && this.#at.has('reply')) return () => delivery.ack(numberOf(delivery));
    if (end === 'ack' || end === 'return') return () => null;
    return () => {
      if (end === 'reject') throw new RejectError('no');
      throw new RetryError(LEASE_MS, { countsAsAttempt: end === 'retry' });
    };
  }

  /** Lets time pass until nothing is due, and no delivery is open. */
  async untilIdle(): Promise<void> {
    const { model, world } = this.#at;
    const { queue } = this.#args;
    const isBusy = () =>
      this.#isPaused || this.#runningCount > 0 || model.open(queue).length > 0 || this.#isHolding();
    for (let rounds = 0; isBusy() && this.recorder.failure === undefined; rounds += 1) {
      expectTrue(rounds < MAX_ROUNDS, `the listener of ${queue} handles what is due`);
      expectEqual(this.faults, [], 'faults of a listener');
      await this.recorder.untilSettled();
      await world.runtime.advance(STEP_MS);
      await this.recorder.untilSettled();
      this.#at.follow([queue]);
    }
  }

  /** Whether a delivery of this listener has not ended. */
  #isHolding(): boolean {
    return this.#at.handed.slice(this.#firstHanded).some((one) => {
      const e = this.#at.eventOf(one);
      return e?.state === 'leased' && e.held?.lease === one.lease;
    });
  }
}

const claimedAt = ({ leaseExpiresAt }: Delivery) => leaseExpiresAt - LEASE_MS;

/** At most `limit` events start in any span of `perMs`. */
function checkRate({ rate }: Args, starts: readonly Start[]): void {
  if (!rate) return;
  const times = starts.flatMap(({ at, deliveries }) => deliveries.map(() => at));
  for (const [index, at] of times.entries()) {
    const next = times[index + rate.limit];
    if (next !== undefined) expectTrue(next - at >= rate.perMs, `${times} keeps the rate`);
  }
}

/** A batch is full, or has waited. One that waited longer, or that has too many, is wrong. */
function checkBatches({ batch, rate, pausesAt }: Args, starts: readonly Start[], at: Place): void {
  if (!batch) return;
  const size = Math.min(batch.size, rate?.limit ?? batch.size);
  for (const { at: startedAt, deliveries } of starts) {
    const [first] = deliveries as [Delivery];
    const waitedMs = startedAt - claimedAt(first);
    const all = `${deliveries.length} of ${size} after ${waitedMs} of ${batch.maxWaitMs} ms`;
    expectTrue(deliveries.length <= size, `no batch is too large: ${all}`);
    const isFull = deliveries.length === size;
    expectTrue(isFull || waitedMs >= batch.maxWaitMs, `a batch waits for others: ${all}`);
    // A database and a server take time to answer.
    const isAtOnce = at.has('clock') && !at.world.isStored && !at.has('sql');
    const isExact = isAtOnce && rate === undefined && pausesAt === undefined;
    expectTrue(!isExact || waitedMs <= batch.maxWaitMs, `a batch starts in time: ${all}`);
  }
}

async function listen(args: Args, at: Place): Promise<void> {
  if (!at.model.queues.includes(args.queue)) return;
  at.follow();
  const listening = new Listening(args, at);
  const { recorder, listener, starts } = listening;
  try {
    await listening.untilIdle();
  } finally {
    await stop(listening, args.queue, at);
  }
  if (recorder.failure !== undefined) throw recorder.failure;
  expectEqual(listening.faults, [], 'faults of a listener');
  expectEqual(listener.status, 'stopped', 'its status at the end');
  listening.checkSettlements();
  checkRate(args, starts);
  checkBatches(args, starts, at);
}

/** Handlers that still run need time to end. */
async function stop({ listener, recorder }: Listening, queue: string, at: Place): Promise<void> {
  let isOver = false;
  const stopping = listener.stop().then(() => {
    isOver = true;
  });
  for (let rounds = 0; !isOver && rounds < MAX_ROUNDS; rounds += 1) {
    await recorder.untilSettled();
    await at.world.runtime.advance(STEP_MS);
    await recorder.untilSettled();
    at.follow([queue]);
  }
  expectTrue(isOver, 'a listener stops');
  await stopping;
  at.follow([queue]);
}

export const listenCommand = command('listen', ['dequeueMany'], listening, listen);
