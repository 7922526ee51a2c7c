import { type AsyncEventBackend, type Delivery, EventChannel, type PublishOptions } from 'ackline';
import type { HistoryOutcome } from '../../src/testing/history/history-record.ts';
import type { HistoryRecorder } from './history-recorder.ts';
import type { SimulatedContext } from './simulated-context.ts';
import type { SimulationPlan } from './simulation-plan.ts';

export interface ClientParts {
  readonly context: SimulatedContext;
  readonly backend: AsyncEventBackend;
  readonly recorder: HistoryRecorder;
  readonly plan: SimulationPlan;
  /** Whether clocks jump, so that no time of the library says anything by the time of the world. */
  readonly hasJumps: boolean;
  /** The events of all clients whose ids they chose. */
  readonly namedEvents: { readonly channel: string; readonly eventId: string }[];
}

/** Between the decision that an event is delivered and its delivery. A claim that takes longer decides again. */
const DELIVERED_WITHIN_MS = 300;

type NamedEvent = ClientParts['namedEvents'][number];

/** Milliseconds for which a handler runs at most. */
export function longestHandlerMs({ leaseMs }: SimulationPlan): number {
  return leaseMs * 1.5;
}

/** Publishes, cancels and consumes in one context, and records what it does. */
export class SimulatedClient {
  readonly context: SimulatedContext;
  readonly #parts: ClientParts;
  readonly #events: EventChannel;
  #isStopping = false;
  #publishCount = 0;

  constructor(parts: ClientParts) {
    const { backend, context, plan } = parts;
    const { leaseMs, maxHoldMs, pollIntervalMs } = plan;
    this.context = context;
    this.#parts = parts;
    this.#events = new EventChannel({
      ...{ backend, runtime: context.runtime, leaseMs, maxHoldMs, pollIntervalMs },
      ...{ backoffBaseMs: 20, backoffMaxMs: 200, maxAttempts: 1_000, observer: () => undefined },
    });
  }

  /** Publishes and consumes until {@link stop}. */
  start(): void {
    const { plan, context } = this.#parts;
    const { random } = context.world;
    void this.#publishAll();
    for (const channel of plan.channels)
      if (random.chance(0.6)) this.#listen(channel);
      else void this.#poll(channel);
  }

  /** Publishes no more, and shuts down. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    // From now on its leases may be released.
    this.#parts.recorder.note(this.context, { operation: 'end', channel: '' });
    await this.#events.shutdown({ mode: 'release' }).catch(() => undefined);
  }

  async #publishAll(): Promise<void> {
    const { plan, context } = this.#parts;
    const { random } = context.world;
    for (let count = 0; count < plan.publishCount && !this.#isStopping; count += 1) {
      await context.sleep(random.next() * 400);
      // The record says how it ended.
      await this.#publish(random.pick(plan.channels)).catch(() => undefined);
    }
  }

  async #publish(channel: string): Promise<void> {
    const { context, hasJumps, namedEvents } = this.#parts;
    const { random } = context.world;
    // A clock that jumps ahead ends the window of an id, and so does a deletion of the data.
    if (!hasJumps && !this.#mayBeCleared && random.chance(0.2)) {
      const repeated = namedEvents[random.whole(0, namedEvents.length * 2)];
      return repeated ? this.#publishNamed(repeated) : this.#publishNamed(this.#newEvent(channel));
    }
    const size = random.chance(0.2) ? random.whole(2, 5) : 1;
    const events = Array.from({ length: size }, () => this.#newEvent(channel));
    await this.#store(events, this.#chooseOptions());
  }

  /** A clock that jumps back may move a given time very far ahead. */
  #chooseOptions(): PublishOptions {
    const { context, hasJumps, backend } = this.#parts;
    const { random } = context.world;
    const delayMs = random.whole(1, 1_500);
    const isDelayed = random.chance(0.2);
    const isAbsolute = !hasJumps && random.chance(0.3);
    const availableAt = context.runtime.now() + delayMs;
    // The order of a key and a priority exclude each other.
    const isKeyed = random.chance(0.4);
    return {
      ...(isDelayed && (isAbsolute ? { availableAt } : { delayMs })),
      ...(random.chance(0.15) && { ttlMs: random.whole(1, 2_500) }),
      ...(isKeyed && {
        key: random.pick(['k', 'l']),
        onDeadLetter: random.pick(['continue', 'block'] as const),
      }),
      ...(backend.capabilities?.priority &&
        !isKeyed &&
        random.chance(0.3) && { priority: random.pick([-100, -1, 0, 1, 100]) }),
    };
  }

  get #mayBeCleared(): boolean {
    return this.#parts.plan.events.includes('clear-data');
  }

  #newEvent(channel: string): NamedEvent {
    this.#publishCount += 1;
    return { channel, eventId: `${this.context.name}-${this.#publishCount}` };
  }

  /** Publishes an event under its own id once or twice at the same time; other clients may do so, too. */
  async #publishNamed(event: NamedEvent): Promise<void> {
    const { context, namedEvents } = this.#parts;
    if (!namedEvents.includes(event)) namedEvents.push(event);
    const calls = Array.from({ length: context.world.random.whole(1, 2) }, () =>
      this.#store([event], { id: `id ${event.eventId}` }),
    );
    await Promise.allSettled(calls);
  }

  async #store(events: readonly NamedEvent[], options: PublishOptions): Promise<void> {
    const { context, recorder, hasJumps } = this.#parts;
    const { availableAt, ttlMs, key } = options;
    const { time } = context.world;
    const { delayMs = availableAt && Number(availableAt) - context.runtime.now() } = options;
    const times = {
      ...(delayMs && { dueAt: time + delayMs - 1 }),
      ...(ttlMs && { expiresAt: time + ttlMs + DELIVERED_WITHIN_MS }),
    };
    const known = { operation: 'publish' as const, ...(key && { key }), ...(!hasJumps && times) };
    const ids = await recorder.call(
      context,
      events.map((event) => ({ ...known, ...event })),
      () =>
        this.#events.publishMany(
          events.map(({ channel, eventId }) => ({ channel, payload: eventId, options })),
        ),
      () => [],
    );
    for (const [index, event] of events.entries())
      if (options.id === undefined && context.world.random.chance(0.15))
        void this.#cancel(event, String(ids[index]));
  }

  /** Cancels an event after a while, in which it may be delivered. */
  async #cancel(event: NamedEvent, id: string): Promise<void> {
    const { context, recorder } = this.#parts;
    await context.sleep(context.world.random.next() * 300);
    if (this.#isStopping) return;
    const cancel = () => this.#events.cancel(event.channel, id);
    const begun = { operation: 'cancel' as const, ...event };
    await recorder.call(context, [begun], cancel, this.#endOf).catch(() => undefined);
  }

  /** Where a commit's answer was lost, the event may be gone, or waiting again, by this very call. */
  readonly #endOf = (answer: string): { outcome: HistoryOutcome }[] => {
    const { storage } = this.#parts.plan;
    const refused = storage['answer-lost'] === undefined ? 'failed' : 'unknown';
    return [{ outcome: answer === 'ok' ? 'ok' : refused }];
  };

  #listen(channel: string): void {
    const { random } = this.context.world;
    this.#events.listen(
      channel,
      async (delivery) => {
        this.#noteDelivery(delivery, this.context.world.time);
        await this.#handle(delivery);
      },
      { autoAck: false, concurrency: random.whole(1, 3) },
    );
  }

  async #poll(channel: string): Promise<void> {
    const { context } = this.#parts;
    const { random } = context.world;
    while (!this.#isStopping) {
      const invoked = context.world.time;
      try {
        const limit = random.whole(1, 4);
        const deliveries = await this.#events.dequeueMany(channel, limit);
        for (const delivery of deliveries) this.#noteDelivery(delivery, invoked);
        await Promise.all(deliveries.map((delivery) => this.#handle(delivery)));
      } catch {
        // Storage failed: the next call tries again.
        await context.sleep(random.next() * 100);
      }
    }
  }

  #noteDelivery(
    { channel, payload, lease, attempts, leaseExpiresAt }: Delivery,
    invoked: number,
  ): void {
    const { context, recorder, hasJumps, plan } = this.#parts;
    // The hold time counts from the claim, which a stall may have begun long before the delivery.
    const mayBeLate = plan.events.includes('stall');
    // A context from before a deletion of the data works without locks afterwards.
    const hasLocks = plan.hasLocks && !this.#mayBeCleared;
    const isExclusive = plan.leaseMode === 'exclusive' && hasLocks && !mayBeLate;
    const heldMs = isExclusive ? Math.max(0, plan.maxHoldMs - plan.leaseMs) : 0;
    const leftMs = leaseExpiresAt + heldMs - context.runtime.now();
    const until = hasJumps ? {} : { exclusiveUntil: context.world.time + leftMs - 1 };
    const record = {
      operation: 'deliver' as const,
      channel,
      eventId: String(payload),
      attempts,
      ...until,
    };
    recorder.note(context, { ...record, ...(lease !== undefined && { lease }) }, invoked);
  }

  /** Handles for a while, which may be longer than the lease, and settles in one way or none. */
  async #handle(delivery: Delivery): Promise<void> {
    const { context, plan } = this.#parts;
    const { random } = context.world;
    if (random.chance(0.5)) await context.sleep(random.next() * longestHandlerMs(plan));
    const way = random.next();
    // The record says how it ended.
    if (way < 0.75) await this.#settle(delivery, 'ack', () => delivery.ack());
    else if (way < 0.85) await this.#settle(delivery, 'nack', () => delivery.nack());
    else if (way < 0.9)
      await this.#settle(delivery, 'nack', () => delivery.nack({ delayMs: 300 }), 300);
    else if (way < 0.95) await this.#settle(delivery, 'reject', () => delivery.reject('no'));
  }

  async #settle(
    { channel, payload, lease }: Delivery,
    operation: 'ack' | 'nack' | 'reject',
    settle: () => Promise<string>,
    delayMs = 0,
  ): Promise<void> {
    const { context, recorder, hasJumps } = this.#parts;
    const due = hasJumps || delayMs === 0 ? {} : { dueAt: context.world.time + delayMs - 1 };
    const begun = { operation, channel, eventId: String(payload), lease: lease ?? 0, ...due };
    await recorder.call(context, [begun], settle, this.#endOf).catch(() => undefined);
  }
}
