import { type Delivery, EventChannel, type Listener } from 'ackline';
import type { BroadcastBackend } from 'ackline/broadcast';
import type { HistoryReceipt } from '../../src/testing/history/history-record.ts';
import type { BroadcastPlan } from './broadcast-plan.ts';
import type { HistoryRecorder } from './history-recorder.ts';
import { MemberHistory } from './member-history.ts';
import type { MemberWires } from './member-wires.ts';
import type { SimulatedContext } from './simulated-context.ts';

export interface MemberParts {
  readonly context: SimulatedContext;
  readonly backend: BroadcastBackend;
  readonly page: EventTarget;
  readonly recorder: HistoryRecorder;
  readonly wires: MemberWires;
  readonly plan: BroadcastPlan;
}

/** `confirm` of a publish: for which receipts it waits, and for how long. */
interface Terms {
  readonly timeoutMs: number;
  /** The contexts that have to answer. */
  readonly members?: readonly string[];
}

/**
 * A context that publishes, and is a member of some channels, by turns. It records what it does, and what is reported to it.
 */
export class SimulatedMember {
  readonly context: SimulatedContext;
  readonly page: EventTarget;
  readonly memberId: string;
  readonly #parts: MemberParts;
  readonly #events: EventChannel;
  readonly #history: MemberHistory;
  #isStopping = false;
  #isHealed = false;
  #publishCount = 0;

  constructor(parts: MemberParts) {
    const { backend, context, page, plan } = parts;
    const { leaseMs, maxHoldMs, pollIntervalMs } = plan;
    this.context = context;
    this.page = page;
    this.memberId = backend.memberId;
    this.#parts = parts;
    this.#history = new MemberHistory(context, backend.memberId, parts.recorder, parts.wires);
    this.#events = new EventChannel({
      ...{ backend, runtime: context.runtime, leaseMs, maxHoldMs, pollIntervalMs },
      ...{ backoffBaseMs: 20, backoffMaxMs: 200, maxAttempts: 5 },
      observer: (event) => this.#history.observe(event),
    });
  }

  /** The channels of which it is a member. */
  get joined(): ReadonlySet<string> {
    return this.#history.joined;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  start(): void {
    const { plan, context } = this.#parts;
    const { random } = context.world;
    void this.#publishAll();
    for (const channel of plan.channels)
      if (random.chance(0.7)) void this.#listen(channel);
      else if (random.chance(0.5)) void this.#poll(channel);
  }

  /** From now on it settles each event at once, publishes nothing by itself, and does not leave. */
  heal(): void {
    this.#isHealed = true;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#parts.recorder.note(this.context, { operation: 'end', channel: '' });
    this.#history.leaveAll();
    await this.#events.shutdown({ mode: 'release' }).catch(() => undefined);
  }

  /** Publishes an event that all of `members` have to acknowledge. */
  async publishLast(channel: string, members: readonly string[]): Promise<void> {
    await this.#publish(channel, { timeoutMs: 5_000, members }).catch(() => undefined);
  }

  async #publishAll(): Promise<void> {
    const { plan, context } = this.#parts;
    const { random } = context.world;
    for (let count = 0; count < plan.publishCount; count += 1) {
      await context.sleep(random.next() * 600);
      if (this.#isStopping || this.#isHealed || context.isEnded) return;
      const terms = random.chance(0.3)
        ? { timeoutMs: random.pick([100, 1_000, 5_000]) }
        : undefined;
      // The record says how it ended.
      const published = this.#publish(random.pick(plan.channels), terms).catch(() => undefined);
      if (random.chance(0.5)) await published;
    }
  }

  async #publish(channel: string, terms?: Terms): Promise<void> {
    const { context, recorder } = this.#parts;
    const { random } = context.world;
    const size = terms === undefined && random.chance(0.3) ? random.whole(2, 4) : 1;
    const names = Array.from({ length: size }, () => {
      this.#publishCount += 1;
      return `${context.name}-${this.#publishCount}`;
    });
    const begun = names.map((eventId) => ({ operation: 'publish' as const, channel, eventId }));
    if (terms) return this.#publishConfirmed(channel, names[0] as string, terms);
    const drafts = names.map((payload) => ({ channel, payload }));
    await recorder.call(
      context,
      begun,
      () => this.#events.publishMany(drafts),
      () => [],
    );
  }

  async #publishConfirmed(
    channel: string,
    eventId: string,
    { timeoutMs, members }: Terms,
  ): Promise<void> {
    const { context, recorder } = this.#parts;
    const named = { channel, eventId };
    await recorder.call(
      context,
      [
        { operation: 'publish', ...named },
        { operation: 'confirm', ...named, timeoutMs, ...(members && { members }) },
      ],
      () => this.#events.publishConfirmed(channel, eventId, null, { timeoutMs }),
      ({ receipts, isConfirmed }) => [
        {},
        {
          isConfirmed,
          receipts: receipts.map(
            ({ memberId, outcome }): HistoryReceipt => ({ context: contextOf(memberId), outcome }),
          ),
        },
      ],
    );
  }

  /** Is a member by turns where members leave. */
  async #listen(channel: string): Promise<void> {
    const { context, plan } = this.#parts;
    const { random } = context.world;
    for (;;) {
      const listener = this.#listenOnce(channel);
      if (!plan.hasLeavers) return;
      await context.sleep(random.next() * 2_500);
      if (this.#isStopping || this.#isHealed || context.isEnded) return;
      this.#history.leave(channel);
      await listener.stop({ mode: random.pick(['finish', 'release']) });
      this.#history.noteLeft(channel);
      await context.sleep(random.next() * 300);
      if (this.#isStopping || context.isEnded) return;
    }
  }

  #listenOnce(channel: string): Listener {
    const { random } = this.context.world;
    this.#history.join(channel);
    return this.#events.listen(
      channel,
      async (delivery) => {
        this.#history.noteDelivery(delivery);
        await this.#handle(delivery);
      },
      { autoAck: false, concurrency: random.whole(1, 3) },
    );
  }

  async #poll(channel: string): Promise<void> {
    const { context } = this.#parts;
    const { random } = context.world;
    this.#history.join(channel);
    while (!this.#isStopping && !context.isEnded) {
      const invoked = context.world.time;
      try {
        const deliveries = await this.#events.dequeueMany(channel, random.whole(1, 4));
        for (const delivery of deliveries) this.#history.noteDelivery(delivery, invoked);
        await Promise.all(deliveries.map((delivery) => this.#handle(delivery)));
      } catch {
        await context.sleep(random.next() * 100);
      }
    }
  }

  /** Handles for a while, which may be longer than the lease, and settles in one way or none. */
  async #handle(delivery: Delivery): Promise<void> {
    const { context, plan } = this.#parts;
    const { random } = context.world;
    if (this.#isHealed) return this.#history.settle(delivery, 'ack', () => delivery.ack());
    if (random.chance(0.5)) await context.sleep(random.next() * plan.leaseMs * 1.5);
    const way = random.next();
    // The record says how it ended.
    if (way < 0.75) await this.#history.settle(delivery, 'ack', () => delivery.ack('reply'));
    else if (way < 0.85) await this.#history.settle(delivery, 'nack', () => delivery.nack());
    else if (way < 0.9)
      await this.#history.settle(delivery, 'nack', () => delivery.nack({ delayMs: 300 }));
    else if (way < 0.95)
      await this.#history.settle(delivery, 'reject', () => delivery.reject('no'));
  }
}

/** The ids of a context begin with its name. */
export function contextOf(memberId: string): string {
  return memberId.split('-')[0] ?? memberId;
}
