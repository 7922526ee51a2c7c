import {
  type AsyncEventBackend,
  EventChannel,
  type ObserverEvent,
  type PublishOptions,
} from 'ackline';
import type { HistoryRecord } from '../../src/testing/history/history-record.ts';
import { askResult } from './ask-result.ts';
import { changeGroup } from './change-group.ts';
import { chooseOptions, RETENTION_MS } from './choose-options.ts';
import { moveLetters } from './move-letters.ts';
import {
  type ConsumerParts,
  keptUntil,
  refusedOutcome,
  SimulatedConsumer,
  type SimulatedQueue,
} from './simulated-consumer.ts';
import type { SimulatedContext } from './simulated-context.ts';

export interface ClientParts extends ConsumerParts {
  readonly backend: AsyncEventBackend;
  /** The events of all clients whose ids they chose. */
  readonly namedEvents: { readonly channel: string; readonly eventId: string }[];
  /** The events of all clients whose results are kept. */
  readonly keptEvents: { readonly channel: string; readonly id: string }[];
  /** The name of each event in the history, by its id. */
  readonly names: Map<string, string>;
}

/** Between the decision that an event is delivered and its delivery. A claim that takes longer decides again. */
const DELIVERED_WITHIN_MS = 300;

type NamedEvent = ClientParts['namedEvents'][number];

/** Publishes, cancels, moves dead letters, changes groups and consumes in one context, and records what it does. */
export class SimulatedClient {
  readonly context: SimulatedContext;
  readonly #parts: ClientParts;
  readonly #events: EventChannel;
  readonly #consumer: SimulatedConsumer;
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
    this.#consumer = new SimulatedConsumer(parts, this.#events);
  }

  /** Publishes and consumes until {@link stop}. */
  start(): void {
    const { plan, context } = this.#parts;
    const { random } = context.world;
    this.#parts.backend.observe?.((event) => this.#noteReplaced(event));
    void this.#publishAll();
    for (const channel of plan.channels) {
      this.#consumer.start({ channel });
      for (const group of plan.groups)
        if (random.chance(0.6)) this.#consumer.start({ channel, group });
    }
  }

  /** From now on it publishes nothing, and acknowledges what it gets. */
  heal(): void {
    this.#isStopping = true;
    this.#consumer.heal();
  }

  /** Consumes every queue and does nothing else. */
  consumeAll(): void {
    const { channels, groups } = this.#parts.plan;
    this.heal();
    for (const channel of channels) {
      this.#consumer.start({ channel });
      for (const group of groups) this.#consumer.start({ channel, group });
    }
  }

  /** The record says how it ended. */
  moveLetters(queue: SimulatedQueue): void {
    void moveLetters(this.#parts, this.#events, queue).catch(() => undefined);
  }

  /** The record says how it ended. */
  changeGroup(group: Required<SimulatedQueue>, operation: 'create-group' | 'delete-group'): void {
    void changeGroup(this.#parts, this.#events, group, operation).catch(() => undefined);
  }

  /** Publishes no more, and shuts down. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#consumer.stop();
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
    await this.#store(events, chooseOptions(this.#parts, channel));
  }

  /** Without a name the answer of its publish has not arrived. */
  #noteReplaced(event: ObserverEvent): void {
    if (event.type !== 'replaced') return;
    const eventId = this.#parts.names.get(event.eventId);
    const { context, recorder } = this.#parts;
    const [channel = '', group] = event.channel.split('@');
    if (eventId !== undefined)
      recorder.note(context, {
        ...{ operation: 'replace', channel, eventId },
        ...(group !== undefined && { group }),
      });
  }

  get #mayBeCleared(): boolean {
    const { events, partitions } = this.#parts.plan;
    return events.includes('clear-data') || partitions.length > 0;
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
    const { context, recorder, plan } = this.#parts;
    const { key, after, replaces, retentionMs } = options;
    const { names, keptEvents, keptNames } = this.#parts;
    const waitsFor = after !== undefined && { after: names.get(after) as string };
    const known = {
      ...{ operation: 'publish' as const, ...waitsFor },
      ...(key && { key }),
      ...this.#timesOf(options),
      ...keptUntil(this.#parts, retentionMs),
    };
    if (retentionMs) for (const { eventId } of events) keptNames.add(eventId);
    if (options.id) names.set(options.id, String(events[0]?.eventId));
    const ids = await recorder.call(
      context,
      events.map((event) => ({ ...known, ...(replaces && { replaces: true }), ...event })),
      () =>
        this.#events.publishMany(
          events.map(({ channel, eventId }) => ({ channel, payload: eventId, options })),
        ),
      () => (plan.hasCodec ? events.map(() => this.#lifeOf(options.ttlMs)) : []),
    );
    for (const [index, event] of events.entries()) names.set(String(ids[index]), event.eventId);
    // An event may only wait for one whose result is kept for longer than the run, in the same partition.
    if (retentionMs === RETENTION_MS && this.#parts.plan.partitions.length === 0)
      for (const [index, { channel }] of events.entries())
        keptEvents.push({ channel, id: String(ids[index]) });
    for (const [index, event] of events.entries())
      if (options.id === undefined && context.world.random.chance(0.15))
        void this.#cancel(event, String(ids[index]));
    if (retentionMs !== undefined)
      for (const [index, event] of events.entries()) this.#askResults(event, String(ids[index]));
  }

  /**
   * When an event is due and how long it lives, as far as that is known before its publish. A codec delays the publish, and an event
   * that does not decode dies at its claim.
   */
  #timesOf({
    availableAt,
    delayMs = availableAt && Number(availableAt) - this.context.runtime.now(),
    ttlMs,
  }: PublishOptions): Pick<HistoryRecord, 'dueAt' | 'expiresAt'> {
    const { context, hasJumps, plan } = this.#parts;
    return {
      ...(!hasJumps && delayMs && { dueAt: context.world.time + delayMs - 1 }),
      ...(plan.hasCodec ? { expiresAt: Number.POSITIVE_INFINITY } : this.#lifeOf(ttlMs)),
    };
  }

  /** Until when an event may be delivered that is stored now. Clocks that jump hide that. */
  #lifeOf(ttlMs: number | undefined): Pick<HistoryRecord, 'expiresAt'> {
    const { context, hasJumps } = this.#parts;
    if (ttlMs === undefined) return {};
    const expiresAt = context.world.time + ttlMs + DELIVERED_WITHIN_MS;
    return { expiresAt: hasJumps ? Number.POSITIVE_INFINITY : expiresAt };
  }

  /** The records say what the context learnt, which is nothing where a call fails. */
  #askResults({ channel, eventId }: NamedEvent, id: string): void {
    const { context, plan } = this.#parts;
    const { random } = context.world;
    for (let left = random.whole(0, 2); left > 0; left -= 1) {
      const group = random.chance(0.2) ? plan.groups[0] : undefined;
      const queue = { channel, ...(group !== undefined && { group }) };
      void askResult(this.#parts, this.#events, queue, { id, eventId }).catch(() => undefined);
    }
  }

  /** Cancels an event after a while, in which it may be delivered. */
  async #cancel(event: NamedEvent, id: string): Promise<void> {
    const { context, recorder, plan } = this.#parts;
    await context.sleep(context.world.random.next() * 300);
    if (this.#isStopping) return;
    const cancel = () => this.#events.cancel(event.channel, id);
    const begun = { operation: 'cancel' as const, ...event };
    const end = (answer: string) => [
      { outcome: answer === 'ok' ? ('ok' as const) : refusedOutcome(plan) },
    ];
    await recorder.call(context, [begun], cancel, end).catch(() => undefined);
  }
}
