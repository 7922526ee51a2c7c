export type NeighbourSubject = 'obvious' | 'ackline';
export type Operation = 'publish' | 'claim' | 'acknowledge';

/** A call with its start and end on the clock that all tabs share. A running call ends when the calls are read. */
export type Call = readonly [operation: Operation, startedAt: number, endedAt: number];

export interface Worked {
  readonly published: readonly number[];
  /** The events whose acknowledgement was accepted. */
  readonly acknowledged: readonly number[];
}

/** The functions of a tab that the bench of neighbours calls. */
export interface NeighbourPage {
  /** The two tabs have the numbers 0 and 1. */
  open(subject: NeighbourSubject, tab: number): Promise<void>;
  /** Publishes `count` events, so that no claim waits for an event. */
  fill(subject: NeighbourSubject, events: number): Promise<void>;
  /** Publishes, claims and acknowledges one event after the other from now on. */
  start(subject: NeighbourSubject): void;
  /** Resolves after `count` more events. */
  progress(subject: NeighbourSubject, events: number): Promise<void>;
  /** The calls since the start, or since the last call of this function. */
  takeCalls(subject: NeighbourSubject): readonly Call[];
  stop(subject: NeighbourSubject): Promise<void>;
  /** The work since the tab was opened, and the number of events left. */
  close(subject: NeighbourSubject): Promise<Worked & { readonly left: number }>;
  /** Keeps the thread busy with code that does not yield. Returns its start and end. */
  keepBusy(ms: number): readonly [startedAt: number, endedAt: number];
}

declare global {
  interface Window {
    neighbour: NeighbourPage;
  }
}
