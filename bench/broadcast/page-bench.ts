import type { LineSubject } from './lines.ts';

export interface Burst {
  readonly subject: LineSubject;
  /** Names the line of this round. */
  readonly name: string;
  readonly count: number;
}

/** What a page offers to the benches that drive it. */
export interface BroadcastPageBench {
  /** Sends back whatever comes, until the page is closed. */
  echo(subject: LineSubject, name: string): void;
  /** Milliseconds of one way: half of a round trip, the mean of ten one after the other. */
  measureHops(burst: Burst): Promise<number[]>;
  /** Counts what comes on a line, and says so when everything is there, in order. */
  count(burst: Burst): void;
  /** Sends everything; resolves with events per second when so many receivers have all of it. */
  measureRate(burst: Burst, receivers: number): Promise<number>;
}

declare global {
  interface Window {
    broadcastBench: BroadcastPageBench;
  }
}
