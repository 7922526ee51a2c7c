import type { ChannelStats } from 'ackline';
import { check } from '../check.ts';
import type { BenchPayload } from '../payloads.ts';

/** A queue in memory that a bench keeps at a constant backlog. */
export interface MemoryQueue {
  /** Publishes the events numbered from `from` up to, but not including, `to`. */
  fill(from: number, to: number): void | Promise<void>;
  /**
   * For each number: publishes that event, claims the oldest and acknowledges it. Throws unless the oldest events are those
   * from `oldest` on, in order.
   */
  cycle(from: number, to: number, oldest: number): void | Promise<void>;
  /** How many events are ready. Throws if an event is in another state. */
  countReady(): number | Promise<number>;
}

export function checkOldest(message: { readonly payload: unknown } | null, oldest: number): void {
  check(message !== null, 'the backlog is not empty', message);
  const { sequence } = message.payload as BenchPayload;
  check(sequence === oldest, `event ${oldest} comes next`, sequence);
}

export function checkStats(stats: ChannelStats | undefined): number {
  check(stats !== undefined, 'the backend has stats', stats);
  const { ready, leased, scheduled, dead } = stats;
  for (const [state, count] of Object.entries({ leased, scheduled, dead }))
    check(count === 0, `nothing is ${state} between rounds`, count);
  return ready;
}
