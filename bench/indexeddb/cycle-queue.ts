import type { BenchPayload } from '../payloads.ts';

export interface Consumer {
  /** Resolves when every handled event is acknowledged and stored. */
  stop(): Promise<void>;
}

/** A queue in IndexedDB that a bench can drive through full cycles. */
export interface CycleQueue {
  /** Resolves when all events are stored with the requested durability, in one transaction if the queue can do that. */
  publish(payloads: readonly BenchPayload[]): Promise<void>;
  /** Claims events, calls `handle` and acknowledges, up to `concurrency` at once, until stopped. */
  consume(concurrency: number, handle: (payload: BenchPayload) => void): Consumer;
  /** How many events are left, in any state. */
  countLeft(): Promise<number>;
  close(): Promise<void>;
}

export interface QueueSettings {
  readonly database: string;
  readonly durability: 'relaxed' | 'strict';
}
