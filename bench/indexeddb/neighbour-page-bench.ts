export type NeighbourSubject = 'obvious' | 'ackline';
export type Operation = 'publish' | 'claim' | 'acknowledge';

/** A call and its moments, on the clock that all tabs share; one that is under way ends when it is asked for. */
export type Call = readonly [operation: Operation, startedAt: number, endedAt: number];

export interface Worked {
  readonly published: readonly number[];
  /** Those whose acknowledgement was accepted. */
  readonly acknowledged: readonly number[];
}

/** What a tab offers to the bench of neighbours. */
export interface NeighbourPage {
  /** Of two tabs one is number 0, the other number 1. */
  open(subject: NeighbourSubject, tab: number): Promise<void>;
  /** Publishes so many, so that no claim has to wait for an event. */
  fill(subject: NeighbourSubject, events: number): Promise<void>;
  /** Publishes, claims and acknowledges one event after the other from now on. */
  start(subject: NeighbourSubject): void;
  /** Resolves after so many more events. */
  progress(subject: NeighbourSubject, events: number): Promise<void>;
  /** The calls since the start, or since they were last taken. */
  takeCalls(subject: NeighbourSubject): readonly Call[];
  stop(subject: NeighbourSubject): Promise<void>;
  /** What was done since the tab was opened, and how many events are left. */
  close(subject: NeighbourSubject): Promise<Worked & { readonly left: number }>;
  /** Keeps the thread busy with code that does not yield; tells when it began and ended. */
  keepBusy(ms: number): readonly [startedAt: number, endedAt: number];
}

declare global {
  interface Window {
    neighbour: NeighbourPage;
  }
}
