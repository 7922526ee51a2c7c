import {
  type Isolation,
  type SyncEventBackend,
  SyncEventChannel,
  syncMemoryBackend,
} from 'ackline';
import { check } from '../check.ts';
import { payloadOf } from '../payloads.ts';
import { checkOldest, checkStats, type MemoryQueue } from './memory-queue.ts';

const CHANNEL = 'bench';

/** The synchronous memory backend, called like a channel calls it. */
export class SyncBackendQueue implements MemoryQueue {
  readonly #bodies: readonly string[];
  readonly #backend: SyncEventBackend;

  constructor(bodies: readonly string[], isolation: Isolation = 'clone') {
    this.#bodies = bodies;
    this.#backend = syncMemoryBackend({ isolation });
  }

  fill(from: number, to: number): void {
    for (let sequence = from; sequence < to; sequence += 1) this.#publish(sequence);
  }

  cycle(from: number, to: number, oldest: number): void {
    for (let sequence = from; sequence < to; sequence += 1) {
      this.#publish(sequence);
      const message = this.#backend.dequeue(CHANNEL, 0);
      checkOldest(message, oldest + sequence - from);
      const settlement = this.#backend.ack(message?.eventId ?? '', message?.lease);
      check(settlement === 'ok', 'the event is settled', settlement);
    }
  }

  countReady(): number {
    return checkStats(this.#backend.stats?.(CHANNEL));
  }

  #publish(sequence: number): void {
    this.#backend.publish(CHANNEL, payloadOf(sequence, this.#bodies));
  }
}

/** The same through a channel. */
export class SyncChannelQueue implements MemoryQueue {
  readonly #bodies: readonly string[];
  readonly #channel: SyncEventChannel;

  constructor(bodies: readonly string[], isolation: Isolation = 'clone') {
    this.#bodies = bodies;
    this.#channel = new SyncEventChannel({ backend: syncMemoryBackend({ isolation }) });
  }

  fill(from: number, to: number): void {
    for (let sequence = from; sequence < to; sequence += 1) this.#publish(sequence);
  }

  cycle(from: number, to: number, oldest: number): void {
    for (let sequence = from; sequence < to; sequence += 1) {
      this.#publish(sequence);
      const delivery = this.#channel.dequeue(CHANNEL);
      checkOldest(delivery, oldest + sequence - from);
      const settlement = delivery?.ack();
      check(settlement === 'ok', 'the event is settled', settlement);
    }
  }

  countReady(): number {
    return checkStats(this.#channel.stats(CHANNEL));
  }

  #publish(sequence: number): void {
    this.#channel.publish(CHANNEL, payloadOf(sequence, this.#bodies));
  }
}
