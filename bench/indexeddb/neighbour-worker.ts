import { makeBodies, payloadOf } from '../payloads.ts';
import type { BacklogQueue } from './backlog-queues.ts';
import type { Call, Operation, Worked } from './neighbour-page-bench.ts';

const bodies = makeBodies();

/** The time on the clock that all tabs of the machine share. */
export function sharedNow(): number {
  return performance.timeOrigin + performance.now();
}

/** Runs one cycle after the other and records the start and end of each call. */
export class NeighbourWorker {
  readonly #queue: BacklogQueue;
  readonly #published: number[] = [];
  readonly #acknowledged: number[] = [];
  /** Even or odd, so that two tabs use no number twice. */
  #next: number;
  #calls: Call[] = [];
  #underWay: readonly [Operation, number] | undefined;
  #isStopped = false;
  #running: Promise<void> | undefined;
  #onCycle: (() => void) | undefined;

  constructor(queue: BacklogQueue, tab: number) {
    this.#queue = queue;
    this.#next = tab;
  }

  async fill(events: number): Promise<void> {
    for (let event = 0; event < events; event += 1) await this.#publish();
  }

  start(): void {
    this.#isStopped = false;
    this.#running = this.#run();
  }

  progress(events: number): Promise<void> {
    return new Promise((resolve) => {
      let left = events;
      this.#onCycle = () => {
        left -= 1;
        if (left === 0) resolve();
      };
    });
  }

  takeCalls(): readonly Call[] {
    const calls = this.#calls;
    this.#calls = [];
    return this.#underWay ? [...calls, [...this.#underWay, sharedNow()]] : calls;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async close(): Promise<Worked & { readonly left: number }> {
    const left = await this.#queue.countLeft();
    await this.#queue.close();
    return { published: this.#published, acknowledged: this.#acknowledged, left };
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      await this.#cycle();
      this.#onCycle?.();
    }
  }

  async #cycle(): Promise<void> {
    await this.#timed('publish', () => this.#publish());
    const claimed = await this.#timed('claim', () => this.#queue.claim());
    const accepted = await this.#timed('acknowledge', () => claimed.acknowledge());
    if (accepted === claimed.sequences.length) this.#acknowledged.push(...claimed.sequences);
  }

  async #publish(): Promise<void> {
    const sequence = this.#next;
    this.#next += 2;
    await this.#queue.publish(payloadOf(sequence, bodies));
    this.#published.push(sequence);
  }

  async #timed<T>(operation: Operation, call: () => Promise<T>): Promise<T> {
    const startedAt = sharedNow();
    this.#underWay = [operation, startedAt];
    const answer = await call();
    this.#underWay = undefined;
    this.#calls.push([operation, startedAt, sharedNow()]);
    return answer;
  }
}
