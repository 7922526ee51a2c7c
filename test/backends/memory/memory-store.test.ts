// Covers src/backends/memory/lane.ts, src/queue/event-shapes.ts
import { expect, test } from 'vitest';
import { type EventMessage, syncMemoryBackend } from '../../../src/index.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';

interface ModelEvent {
  readonly payload: number;
  availableAt: number;
  attempts: number;
  lease: number;
  expiresAt: number;
  isAcknowledged: boolean;
}

interface Held {
  readonly message: EventMessage;
  readonly event: ModelEvent;
}

/** Compares the memory backend with a model: an array that is searched from its beginning. */
class Comparison {
  readonly runtime: ManualRuntime;
  readonly #backend: Required<ReturnType<typeof syncMemoryBackend>>;
  readonly #model: ModelEvent[] = [];
  readonly #held: Held[] = [];

  constructor(seed: number) {
    this.runtime = new ManualRuntime({ seed });
    this.#backend = syncMemoryBackend({ runtime: this.runtime }) as never;
  }

  chance(below: number): number {
    return Math.floor(this.runtime.random() * below);
  }

  publish(payload: number): void {
    const delayMs = this.chance(3) === 0 ? this.chance(500) : 0;
    this.#backend.publish('orders', payload, null, { delayMs });
    const availableAt = this.runtime.now() + delayMs;
    const fresh = { attempts: 0, lease: -1, expiresAt: 0, isAcknowledged: false };
    this.#model.push({ payload, availableAt, ...fresh });
  }

  dequeue(): void {
    const now = this.runtime.now();
    const leaseMs = 1 + this.chance(300);
    const message = this.#backend.dequeue('orders', 0, { leaseMs, maxAttempts: 1_000 });
    const event = this.#model.find(
      ({ isAcknowledged, availableAt, expiresAt }) =>
        !isAcknowledged && availableAt <= now && expiresAt <= now,
    );
    expect([message?.payload, message?.attempts ?? 0]).toEqual([
      event?.payload,
      event ? event.attempts + 1 : 0,
    ]);
    if (!message || !event) return;
    event.attempts += 1;
    event.expiresAt = now + leaseMs;
    event.lease = Number(message.lease);
    this.#held.push({ message, event });
  }

  settle(): void {
    const [held] = this.#held.splice(this.chance(this.#held.length), 1);
    if (!held) return;
    const { message, event } = held;
    const verb = this.chance(2) === 0 ? 'ack' : 'nack';
    const settlement = this.#backend[verb](message.eventId, message.lease);
    expect(this.#allowed(held)).toContain(settlement);
    if (settlement !== 'ok') return;
    event.expiresAt = 0;
    event.isAcknowledged = verb === 'ack';
  }

  #allowed({ message, event }: Held): readonly string[] {
    if (event.isAcknowledged) return ['gone'];
    if (event.lease !== message.lease) return ['stale'];
    // An expired lease may have been taken back before the event is delivered again.
    return event.expiresAt > this.runtime.now() ? ['ok'] : ['ok', 'stale'];
  }

  expectSameCounts(): void {
    const { ready, leased, scheduled } = this.#backend.stats('orders');
    const stored = this.#model.filter(({ isAcknowledged }) => !isAcknowledged);
    expect(ready + leased + scheduled).toBe(stored.length);
  }
}

for (const seed of [1, 2, 3, 4])
  test(`memory: over random operations it delivers like an array (seed ${seed})`, async () => {
    const comparison = new Comparison(seed);
    for (let step = 0; step < 1_500; step += 1) {
      const action = comparison.chance(10);
      if (action < 4) comparison.publish(step);
      else if (action < 7) comparison.dequeue();
      else if (action < 9) comparison.settle();
      else await comparison.runtime.advance(comparison.chance(100));
      if (step % 50 === 0) comparison.expectSameCounts();
    }
  });
