import type { BenchPayload } from '../payloads.ts';

export interface Consumer {
  /** Resolves when everything that was handled is acknowledged, durably. */
  stop(): Promise<void>;
}

/** A queue in IndexedDB that a bench can drive through full cycles. */
export interface CycleQueue {
  /** Resolves when all are stored, as durably as was asked for; in one transaction where the queue can. */
  publish(payloads: readonly BenchPayload[]): Promise<void>;
  /** Claims, hands to `handle`, acknowledges, up to `concurrency` at once, until stopped. */
  consume(concurrency: number, handle: (payload: BenchPayload) => void): Consumer;
  /** How many events are left in whatever state. */
  countLeft(): Promise<number>;
  close(): Promise<void>;
}

export interface QueueSettings {
  readonly database: string;
  readonly durability: 'relaxed' | 'strict';
}
