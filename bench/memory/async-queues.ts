import { type AsyncEventBackend, EventChannel, memoryBackend } from 'ackline';
import { check } from '../check.ts';
import { payloadOf } from '../payloads.ts';
import { checkOldest, checkStats, type MemoryQueue } from './memory-queue.ts';

const CHANNEL = 'bench';

/** The asynchronous memory backend, each call awaited. */
export class AsyncBackendQueue implements MemoryQueue {
  readonly #bodies: readonly string[];
  readonly #backend: AsyncEventBackend = memoryBackend();

  constructor(bodies: readonly string[]) {
    this.#bodies = bodies;
  }

  async fill(from: number, to: number): Promise<void> {
    for (let sequence = from; sequence < to; sequence += 1) await this.#publish(sequence);
  }

  async cycle(from: number, to: number, oldest: number): Promise<void> {
    for (let sequence = from; sequence < to; sequence += 1) {
      await this.#publish(sequence);
      const message = await this.#backend.dequeue(CHANNEL, 0);
      checkOldest(message, oldest + sequence - from);
      const settlement = await this.#backend.ack(message?.eventId ?? '', message?.lease);
      check(settlement === 'ok', 'the event is settled', settlement);
    }
  }

  async countReady(): Promise<number> {
    return checkStats(await this.#backend.stats?.(CHANNEL));
  }

  #publish(sequence: number): Promise<string> {
    return this.#backend.publish(CHANNEL, payloadOf(sequence, this.#bodies));
  }
}

/** The same through a channel. */
export class AsyncChannelQueue implements MemoryQueue {
  readonly #bodies: readonly string[];
  readonly #channel = new EventChannel({ backend: memoryBackend() });

  constructor(bodies: readonly string[]) {
    this.#bodies = bodies;
  }

  async fill(from: number, to: number): Promise<void> {
    for (let sequence = from; sequence < to; sequence += 1) await this.#publish(sequence);
  }

  async cycle(from: number, to: number, oldest: number): Promise<void> {
    for (let sequence = from; sequence < to; sequence += 1) {
      await this.#publish(sequence);
      const delivery = await this.#channel.dequeue(CHANNEL);
      checkOldest(delivery, oldest + sequence - from);
      const settlement = await delivery?.ack();
      check(settlement === 'ok', 'the event is settled', settlement);
    }
  }

  async countReady(): Promise<number> {
    return checkStats(await this.#channel.stats(CHANNEL));
  }

  #publish(sequence: number): Promise<string> {
    return this.#channel.publish(CHANNEL, payloadOf(sequence, this.#bodies));
  }
}
