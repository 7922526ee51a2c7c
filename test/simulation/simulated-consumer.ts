import type { Delivery, EventChannel } from 'ackline';
import type { HistoryOutcome } from '../../src/testing/history/history-record.ts';
import type { HistoryRecorder } from './history-recorder.ts';
import type { SimulatedContext } from './simulated-context.ts';
import type { SimulationPlan } from './simulation-plan.ts';

export interface ConsumerParts {
  readonly context: SimulatedContext;
  readonly recorder: HistoryRecorder;
  readonly plan: SimulationPlan;
  /** Whether other contexts leave a lease of this one alone for as long as it lives and may hold it. */
  readonly isExclusive: () => boolean;
  /** Whether clocks jump, so that no time of the library says anything by the time of the world. */
  readonly hasJumps: boolean;
  /** The names of the events whose results are kept. */
  readonly keptNames: Set<string>;
}

/** A channel, or one of its groups. */
export interface SimulatedQueue {
  readonly channel: string;
  readonly group?: string;
}

/** Milliseconds for which a handler runs at most. */
export function longestHandlerMs({ leaseMs }: SimulationPlan): number {
  return leaseMs * 1.5;
}

/**
 * How a call ended that was answered with another settlement than `ok`. Where a commit's answer was lost, the event may be
 * gone, or waiting again, by this very call.
 */
export function refusedOutcome({ storage }: SimulationPlan): HistoryOutcome {
  return storage['answer-lost'] === undefined ? 'failed' : 'unknown';
}

/**
 * Until when the result of an event is kept at least, by the time of the world. Absent where the times of the library say nothing
 * by that time.
 */
export function keptUntil(
  { context, hasJumps }: ConsumerParts,
  retentionMs = 0,
): { readonly keptUntil?: number } {
  // The clocks of contexts count whole milliseconds.
  return hasJumps || retentionMs === 0 ? {} : { keptUntil: context.world.time + retentionMs - 2 };
}

/** Receives and settles events in one context, and records what it does. */
export class SimulatedConsumer {
  readonly #parts: ConsumerParts;
  readonly #events: EventChannel;
  #isStopping = false;
  #isHealed = false;

  constructor(parts: ConsumerParts, events: EventChannel) {
    this.#parts = parts;
    this.#events = events;
  }

  /** Consumes until {@link stop}, in one of two ways. */
  start(queue: SimulatedQueue): void {
    if (this.#parts.context.world.random.chance(0.6)) void this.#listen(queue);
    else void this.#poll(queue);
  }

  stop(): void {
    this.#isStopping = true;
  }

  /** From now on each handler acknowledges its event. */
  heal(): void {
    this.#isHealed = true;
  }

  /** A listener of a group ends with the group, and goes on when the group is there again. */
  async #listen({ channel, group }: SimulatedQueue): Promise<void> {
    const { context } = this.#parts;
    const { random } = context.world;
    do {
      const listener = this.#events.listen(
        channel,
        async (delivery) => {
          this.#noteDelivery(delivery, this.#claimedAt(delivery));
          await this.#handle(delivery);
        },
        { autoAck: false, concurrency: random.whole(1, 3), group },
      );
      if (group === undefined) return;
      await listener.closed;
      await context.sleep(random.next() * 300);
    } while (!this.#isStopping);
  }

  async #poll({ channel, group }: SimulatedQueue): Promise<void> {
    const { context } = this.#parts;
    const { random } = context.world;
    while (!this.#isStopping) {
      const invoked = context.world.time;
      try {
        const limit = random.whole(1, 4);
        const deliveries = await this.#events.dequeueMany(channel, limit, { group });
        for (const delivery of deliveries) this.#noteDelivery(delivery, invoked);
        await Promise.all(deliveries.map((delivery) => this.#handle(delivery)));
      } catch {
        // Storage failed, or the group does not exist: the next call tries again.
        await context.sleep(random.next() * 100);
      }
    }
  }

  /** When the event of a listener was claimed at the latest: before it was decoded. */
  #claimedAt({ leaseExpiresAt }: Delivery): number {
    const { context, plan, hasJumps } = this.#parts;
    if (!plan.hasCodec || hasJumps) return context.world.time;
    const heldMs = context.runtime.now() - (leaseExpiresAt - plan.leaseMs);
    // The clock counts whole milliseconds.
    return context.world.time - Math.max(0, heldMs) - 1;
  }

  #noteDelivery(
    { channel, group, payload, lease, attempts, leaseExpiresAt }: Delivery,
    invoked: number,
  ): void {
    const { context, recorder, hasJumps, plan } = this.#parts;
    // The hold time counts from the claim, which may have begun long before the delivery: where storage stalls or hangs, and
    // where a codec waits for a throttled timer.
    const decodesLate = plan.hasCodec && plan.events.includes('throttle');
    const isStalled = plan.events.includes('stall') || plan.storage.hang !== undefined;
    const mayBeLate = isStalled || decodesLate;
    const isExclusive = this.#parts.isExclusive() && !mayBeLate;
    const heldMs = isExclusive ? Math.max(0, plan.maxHoldMs - plan.leaseMs) : 0;
    const leftMs = leaseExpiresAt + heldMs - context.runtime.now();
    const until = hasJumps ? {} : { exclusiveUntil: context.world.time + leftMs - 1 };
    const record = {
      operation: 'deliver' as const,
      channel,
      ...(group !== undefined && { group }),
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
    if (random.chance(0.5) && !this.#isHealed)
      await context.sleep(random.next() * longestHandlerMs(plan));
    // Where dead letters are moved, more events die.
    const way = random.next() + (plan.movesLetters ? 0.1 : 0);
    // The record says how it ended.
    if (way < 0.75 || this.#isHealed) await this.#acknowledge(delivery);
    else if (way < 0.85) await this.#settle(delivery, 'nack', () => delivery.nack());
    else if (way < 0.9)
      await this.#settle(delivery, 'nack', () => delivery.nack({ delayMs: 300 }), 300);
    else if (way < (plan.movesLetters ? 1.05 : 0.95))
      await this.#settle(delivery, 'reject', () => delivery.reject('no'));
  }

  async #acknowledge(delivery: Delivery): Promise<void> {
    const { context, plan } = this.#parts;
    const { payload, lease } = delivery;
    if (!this.#parts.keptNames.has(String(payload)))
      return this.#settle(delivery, 'ack', () => delivery.ack());
    const digest = `${context.name} ${lease}`;
    const known = { digest, ...keptUntil(this.#parts, plan.retentionMs) };
    return this.#settle(delivery, 'ack', () => delivery.ack(digest), 0, known);
  }

  async #settle(
    { channel, group, payload, lease }: Delivery,
    operation: 'ack' | 'nack' | 'reject',
    settle: () => Promise<string>,
    delayMs = 0,
    known: { readonly digest?: string; readonly keptUntil?: number } = {},
  ): Promise<void> {
    const { context, recorder, hasJumps, plan } = this.#parts;
    const due = hasJumps || delayMs === 0 ? {} : { dueAt: context.world.time + delayMs - 1 };
    const named = { channel, eventId: String(payload), ...(group !== undefined && { group }) };
    const begun = { operation, ...named, lease: lease ?? 0, ...due, ...known };
    const end = (answer: string) => [
      { outcome: answer === 'ok' ? ('ok' as const) : refusedOutcome(plan) },
    ];
    await recorder.call(context, [begun], settle, end).catch(() => undefined);
  }
}
