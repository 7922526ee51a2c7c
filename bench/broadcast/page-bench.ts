import type { FanOutSubject } from './lines.ts';

export interface Run {
  readonly subject: FanOutSubject;
  /** A new channel name for each run. */
  readonly line: string;
  readonly events: number;
}

/** The functions of a page that the benches call. */
export interface FanOutPage {
  /** Handles the events of the run, and reports when each of them arrived once and in order. */
  receiveAll(run: Run): void;
  /** Milliseconds until `receivers` tabs have reported all events. Each task makes `burst` calls of publish. */
  publishAll(run: Run, receivers: number, burst: number): Promise<number>;
  /** Publishes each received event back to its sender. */
  echo(run: Run): void;
  /** Milliseconds of each round trip, one after the other. */
  pingPong(run: Run): Promise<number[]>;
  /** Closes everything that a run has opened in this tab. */
  end(): Promise<void>;
}

declare global {
  interface Window {
    fanOut: FanOutPage;
  }
}
