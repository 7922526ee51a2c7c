import { check } from '../check.ts';
import { type BenchPayload, payloadOf } from '../payloads.ts';
import { checkOldest, type MemoryQueue } from './memory-queue.ts';

interface FloorEvent {
  readonly eventId: string;
  readonly payload: BenchPayload;
}

/** After this number of free places at the head the rest is copied. */
const SPENT_LIMIT = 65_536;

/** The minimum that could do the job: ids in an array, events in a Map. No lease, no copy, no redelivery. */
export class FloorQueue implements MemoryQueue {
  readonly #bodies: readonly string[];
  readonly #events = new Map<string, FloorEvent>();
  #line: string[] = [];
  #head = 0;

  constructor(bodies: readonly string[]) {
    this.#bodies = bodies;
  }

  fill(from: number, to: number): void {
    for (let sequence = from; sequence < to; sequence += 1) this.#publish(sequence);
  }

  cycle(from: number, to: number, oldest: number): void {
    for (let sequence = from; sequence < to; sequence += 1) {
      this.#publish(sequence);
      const event = this.#takeOldest();
      checkOldest(event, oldest + sequence - from);
      check(this.#events.delete(event.eventId), 'the event is settled', event.eventId);
    }
  }

  countReady(): number {
    return this.#events.size;
  }

  #publish(sequence: number): void {
    const eventId = `event-${sequence}`;
    this.#events.set(eventId, { eventId, payload: payloadOf(sequence, this.#bodies) });
    this.#line.push(eventId);
  }

  #takeOldest(): FloorEvent {
    const event = this.#events.get(this.#line[this.#head] ?? '');
    check(event !== undefined, 'the backlog is not empty', event);
    this.#head += 1;
    if (this.#head > SPENT_LIMIT && this.#head * 2 > this.#line.length) {
      this.#line = this.#line.slice(this.#head);
      this.#head = 0;
    }
    return event;
  }
}
