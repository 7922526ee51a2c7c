import type { FanOutSubject } from './lines.ts';

export interface Run {
  readonly subject: FanOutSubject;
  /** A line of its own for each run. */
  readonly line: string;
  readonly events: number;
}

/** What a page offers to the benches that drive it. */
export interface FanOutPage {
  /** Handles the run's events, and says so when all have come, each once and in order. */
  receiveAll(run: Run): void;
  /** Milliseconds until so many receivers have said that they have everything; so many calls of publish in each turn. */
  publishAll(run: Run, receivers: number, burst: number): Promise<number>;
  /** Publishes what comes back to whom it came from. */
  echo(run: Run): void;
  /** Milliseconds of each way there and back, one after the other. */
  pingPong(run: Run): Promise<number[]>;
  /** Ends what a run has opened here. */
  end(): Promise<void>;
}

declare global {
  interface Window {
    fanOut: FanOutPage;
  }
}
