import type { HeldDelivery } from './held-delivery.ts';

/** A server returns an event some milliseconds after its delay. It is looked for this often, and given up after `GIVE_UP_MS`. */
const LOOK_AGAIN_MS = 20;
const GIVE_UP_MS = 250;

const MAX_TIMES = 1_000;

/** What one context knows about the events of its queues: its leases, and when those that it has returned are due. */
export class HeldTable {
  /** By queue and number of the message. */
  readonly #held = new Map<string, Map<number, HeldDelivery>>();
  /** By queue: events that were claimed for a consumer which had stopped waiting. */
  readonly #returned = new Map<string, HeldDelivery[]>();
  readonly #dueTimes = new Map<string, number[]>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Returns the earlier delivery of the same event, whose lease is over. */
  add(held: HeldDelivery): HeldDelivery | undefined {
    const { queue, seq } = held.parts;
    const all = this.#held.get(queue) ?? new Map<number, HeldDelivery>();
    this.#held.set(queue, all);
    const former = all.get(seq);
    all.set(seq, held);
    return former;
  }

  remove(held: HeldDelivery): void {
    const { queue, seq } = held.parts;
    const all = this.#held.get(queue);
    if (all?.get(seq) === held) all.delete(seq);
  }

  /** The group of the queue was deleted. */
  drop(queue: string): void {
    for (const held of this.#held.get(queue)?.values() ?? []) held.drop();
    this.#held.delete(queue);
    this.#returned.delete(queue);
  }

  /** Keeps a claimed event for the next claim of this context, so that its attempt is not counted twice. */
  keep(held: HeldDelivery): void {
    const { queue } = held.parts;
    this.#returned.set(queue, [...(this.#returned.get(queue) ?? []), held]);
  }

  /** Takes kept events. */
  takeKept(queue: string, limit: number): HeldDelivery[] {
    return this.#returned.get(queue)?.splice(0, limit) ?? [];
  }

  /** Takes one kept event. Returns whether it was still there. */
  takeOne(held: HeldDelivery): boolean {
    const kept = this.#returned.get(held.parts.queue) ?? [];
    const at = kept.indexOf(held);
    if (at >= 0) kept.splice(at, 1);
    return at >= 0;
  }

  /** An event of the queue was returned with this delay. */
  noteDelay(queue: string, delayMs: number): void {
    const times = this.#timesOf(queue);
    if (times.length < MAX_TIMES) times.push(this.#now() + delayMs);
  }

  /** An event of the queue was claimed, so one that was looked for may be found. */
  noteFound(queue: string): void {
    const times = this.#timesOf(queue);
    const at = times.findIndex((time) => time <= this.#now());
    if (at >= 0) times.splice(at, 1);
  }

  /** When to look for the next returned event. Infinity if none is known to come. */
  nextDueAt(queue: string): number {
    const now = this.#now();
    const times = this.#timesOf(queue).map((time) => (time > now ? time : now + LOOK_AGAIN_MS));
    return times.reduce((first, time) => Math.min(first, time), Number.POSITIVE_INFINITY);
  }

  #timesOf(queue: string): number[] {
    const since = this.#now() - GIVE_UP_MS;
    const times = (this.#dueTimes.get(queue) ?? []).filter((time) => time > since);
    this.#dueTimes.set(queue, times);
    return times;
  }
}
