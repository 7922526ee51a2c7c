import { type Delivery, EventChannel } from 'ackline';
import { allFeatures, type IndexedDbBackend, indexedDbBackend } from 'ackline/indexeddb';
import type { HistoryOutcome } from '../../../src/testing/history/history-record.ts';
import type { CallReporter } from './call-reporter.ts';
import {
  BEAT_CHANNEL,
  CHANNELS,
  type ChaosSettings,
  LEASE_MS,
  MAX_HOLD_MS,
  WORK_CHANNELS,
} from './chaos-messages.ts';
import { inspectPayload, payloadFor } from './chaos-payload.ts';
import { pause } from './send-batch.ts';

const PUBLISHERS = 2;
const MAX_BATCH = 120;
const CONCURRENCY = 200;
/** Above so many waiting events of a channel this context publishes nothing to it. */
const MAX_READY = 1_500;
const BEAT_MS = 400;
const AFTER_FAULT_MS = 200;
/** Times are rounded to milliseconds. */
const CLOCK_TOLERANCE_MS = 5;

/** Publishes and consumes in one context of a browser, and reports what it does. */
export class ChaosClient {
  readonly events: EventChannel;
  readonly #reporter: CallReporter;
  readonly #kind: ChaosSettings['kind'];
  /** By channel: the waiting events when they were counted last. */
  readonly #ready = new Map<string, number>();
  #publishCount = 0;
  #isStopping = false;

  constructor({ durability, kind }: ChaosSettings, reporter: CallReporter) {
    this.#reporter = reporter;
    this.#kind = kind;
    const backend: IndexedDbBackend = indexedDbBackend({
      features: allFeatures,
      database: 'chaos',
      durability,
    });
    this.events = new EventChannel({
      ...{ backend, leaseMs: LEASE_MS, maxHoldMs: MAX_HOLD_MS, pollIntervalMs: 500 },
      ...{ backoffBaseMs: 20, backoffMaxMs: 200, maxAttempts: 1_000, observer: () => undefined },
    });
  }

  start(): void {
    for (let count = 0; count < PUBLISHERS; count += 1) void this.#publishAll();
    for (const channel of WORK_CHANNELS)
      this.events.listen(channel, (delivery) => this.#handle(delivery), {
        autoAck: false,
        concurrency: CONCURRENCY,
      });
    void this.#beat();
  }

  async #publishAll(): Promise<void> {
    while (!this.#isStopping) {
      const free = WORK_CHANNELS.filter((name) => (this.#ready.get(name) ?? 0) < MAX_READY);
      const channel = free[Math.floor(Math.random() * free.length)];
      if (channel === undefined || this.#reporter.mode !== 'work') await pause(50);
      else {
        const size = chance(0.3) ? 1 : 1 + Math.floor(Math.random() * MAX_BATCH);
        // The record says how the call ended.
        await this.#publish(channel, size).catch(() => pause(AFTER_FAULT_MS));
      }
    }
  }

  async #publish(channel: string, size: number): Promise<void> {
    const { context } = this.#reporter;
    const delayMs = chance(0.03) ? Math.ceil(Math.random() * 1_500) : 0;
    const due = delayMs > 0 ? { dueAt: Date.now() + delayMs - 1 } : {};
    const names = Array.from({ length: size }, () => {
      this.#publishCount += 1;
      return `${this.#reporter.base}#${this.#publishCount}`;
    });
    const begun = names.map((eventId) => ({
      ...{ operation: 'publish' as const, channel, eventId, digest: 'intact', ...due },
    }));
    const drafts = names.map((name) => ({
      ...{ channel, payload: payloadFor(name), options: delayMs > 0 ? { delayMs } : {} },
    }));
    await this.#reporter.call(
      begun,
      context,
      () => this.events.publishMany(drafts),
      () => 'ok',
    );
  }

  async #handle(delivery: Delivery): Promise<void> {
    const context = this.noteDelivery(delivery);
    const slowness = Math.random();
    if (slowness < 0.005) await pause(LEASE_MS * 1.5);
    else if (slowness < 0.03) await pause(Math.random() * 400);
    else if (slowness < 0.1) await pause(Math.random() * 30);
    const way = Math.random();
    // The record says how the call ended.
    if (way < 0.95) await this.settle(delivery, context, 'ack').catch(() => undefined);
    else if (way < 0.98) await this.settle(delivery, context, 'nack').catch(() => undefined);
    else if (way < 0.988) await this.settle(delivery, context, 'nack', 300).catch(() => undefined);
    else if (way < 0.998) await this.settle(delivery, context, 'reject').catch(() => undefined);
  }

  /** Returns the context of the record. */
  noteDelivery({ channel, payload, eventId, lease, attempts, leaseExpiresAt }: Delivery): string {
    const { context } = this.#reporter;
    const { name, isIntact } = inspectPayload(payload);
    // The end of a shared worker is not known exactly, and a drain has no competitors.
    const isExclusive = this.#kind === 'page' || this.#kind === 'worker';
    // The lease alone. In exclusive mode the event is held longer, but until `maxHoldMs` after the claim, and a claim that was
    // committed late has begun long before its lease, which the backend then extends before the delivery.
    const exclusiveUntil = leaseExpiresAt - CLOCK_TOLERANCE_MS;
    this.#reporter.note({
      ...{ operation: 'deliver', channel, eventId: name ?? eventId, attempts },
      ...(lease !== undefined && { lease }),
      ...(isExclusive && { exclusiveUntil }),
      digest: isIntact ? 'intact' : 'altered',
    });
    return context;
  }

  async settle(
    { channel, payload, eventId, lease, ack, nack, reject }: Delivery,
    context: string,
    operation: 'ack' | 'nack' | 'reject',
    delayMs = 0,
  ): Promise<void> {
    const due = delayMs > 0 ? { dueAt: Date.now() + delayMs - 1 } : {};
    const named = { channel, eventId: inspectPayload(payload).name ?? eventId };
    const begun = { operation, ...named, ...(lease !== undefined && { lease }), ...due };
    const run = {
      ack: () => ack(),
      nack: () => (delayMs > 0 ? nack({ delayMs }) : nack()),
      reject: () => reject('by chance'),
    }[operation];
    const outcomeOf = (answer: string): HistoryOutcome => (answer === 'ok' ? 'ok' : 'failed');
    await this.#reporter.call([begun], context, run, outcomeOf);
  }

  /** Publishes and claims now and then, however busy the listeners are, to measure how long this context waits. */
  async #beat(): Promise<void> {
    for (let count = 0; this.#reporter.mode !== 'stop'; count += 1) {
      await pause(BEAT_MS);
      // The record says how the call ended.
      await this.#beatOnce(count).catch(() => undefined);
      await this.#reporter.sync();
    }
    await this.#stop();
  }

  async #beatOnce(count: number): Promise<void> {
    if (this.#reporter.mode === 'work') await this.#publish(BEAT_CHANNEL, 1);
    const claim = () => this.events.dequeue(BEAT_CHANNEL, { pollIntervalMs: 0 });
    const delivery = await this.#reporter.measure('claim', claim);
    if (delivery) await this.settle(delivery, this.noteDelivery(delivery), 'ack');
    const channel = CHANNELS[count % CHANNELS.length] as string;
    const { ready } = await this.#reporter.measure('stats', () => this.events.stats(channel));
    this.#ready.set(channel, ready);
  }

  async #stop(): Promise<void> {
    this.#isStopping = true;
    // From here on its leases may be released.
    this.#reporter.note({ operation: 'end', channel: '' });
    await this.events.shutdown({ mode: 'release' }).catch(() => undefined);
    await this.#reporter.report({ type: 'stopped' });
  }
}

function chance(probability: number): boolean {
  return Math.random() < probability;
}
