import { check } from '../check.ts';
import { inTime } from '../in-time.ts';
import { makeBodies, payloadOf } from '../payloads.ts';
import type { BacklogQueue } from './backlog-queues.ts';
import type { Consumer } from './cycle-queue.ts';

const CONCURRENCY = 100;
const bodies = makeBodies();

/** Numbers its events, and checks that each is handled once, and in order if the queue promises that. */
export class Backlog {
  readonly #queue: BacklogQueue;
  readonly #isOrdered: boolean;
  readonly #handled = new Set<number>();
  #published = 0;
  /** Events that were repeated or out of order. */
  #faults = 0;

  constructor(queue: BacklogQueue, isOrdered: boolean) {
    this.#queue = queue;
    this.#isOrdered = isOrdered;
  }

  /** The sequence of the first event that was not handled. */
  get oldest(): number {
    return this.#handled.size;
  }

  async fill(count: number, perCommit: number): Promise<void> {
    const first = this.#published;
    this.#published += count;
    const payloads = Array.from({ length: count }, (_, index) => payloadOf(first + index, bodies));
    await this.#queue.fill(payloads, perCommit);
  }

  /** Handles at least `count` events, or all that are left. Returns events per second. */
  async drain(count: number): Promise<number> {
    const before = this.#handled.size;
    const end = Math.min(before + count, this.#published);
    const startedAt = performance.now();
    let consumer: Consumer | undefined;
    await inTime<void>(`${count} events of a backlog`, (resolve) => {
      consumer = this.#queue.consume(CONCURRENCY, ({ sequence }) => {
        this.#note(sequence);
        if (this.#handled.size === end) resolve();
      });
    });
    await consumer?.stop();
    const elapsedMs = performance.now() - startedAt;
    check(this.#faults === 0, 'each event is handled once, in order', this.#faults);
    return ((this.#handled.size - before) * 1_000) / elapsedMs;
  }

  /** Milliseconds of each claim. Each acknowledged event is replaced by a new one, so the backlog keeps its size. */
  async measureClaims(claims: number): Promise<number[]> {
    const latencies: number[] = [];
    for (let claim = 0; claim < claims; claim += 1) {
      await this.#queue.publish(payloadOf(this.#published, bodies));
      this.#published += 1;
      const startedAt = performance.now();
      const claimed = await this.#queue.claim();
      latencies.push(performance.now() - startedAt);
      const [sequence] = claimed.sequences;
      check(sequence === this.oldest, `${this.oldest} comes next`, sequence);
      check((await claimed.acknowledge()) === 1, 'the event is settled', sequence);
      this.#note(sequence);
    }
    return latencies;
  }

  /** Checks that exactly the events are left that were not handled. */
  async checkLeft(): Promise<void> {
    const left = await this.#queue.countLeft();
    const expected = this.#published - this.#handled.size;
    check(left === expected, `${expected} events are left`, left);
  }

  close(): Promise<void> {
    return this.#queue.close();
  }

  #note(sequence: number): void {
    const isNext = sequence === this.#handled.size || !this.#isOrdered;
    if (!isNext || this.#handled.has(sequence)) this.#faults += 1;
    this.#handled.add(sequence);
  }
}
