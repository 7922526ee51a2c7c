import type { QueueSettings } from './cycle-queue.ts';
import type { CycleTerms } from './cycles.ts';
import type { RequestCount } from './request-counter.ts';

export type CycleSubject =
  | 'obvious'
  | 'obvious, batched'
  | 'floor'
  | 'ackline'
  | 'ackline, ids'
  | 'ackline, 1,000 keys';
export type LatencySubject = 'bare hop' | 'by hand' | 'ackline';
export type Durability = QueueSettings['durability'];
export type Moments = readonly (readonly [sequence: number, at: number])[];

/** The functions of a page that the benches call. Moments are milliseconds on the page's own clock. */
export interface PageBench {
  /** Full cycles per second over a new database. */
  runCycles(subject: CycleSubject, durability: Durability, terms: CycleTerms): Promise<number>;
  startHandling(subject: LatencySubject): Promise<void>;
  takeHandled(subject: LatencySubject): Moments;
  publishPaced(subject: LatencySubject, count: number): Promise<Moments>;
  answerClock(): void;
  measureClockOffset(): Promise<number>;
  /** Counts from now on, until the page is closed. */
  countRequests(): void;
  readRequests(): RequestCount;
}

declare global {
  interface Window {
    bench: PageBench;
  }
}
