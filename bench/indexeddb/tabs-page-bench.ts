import type { ClaimCount } from './claim-counter.ts';

export type TabsSubject = 'obvious' | 'ackline';

export interface Competition {
  readonly subject: TabsSubject;
  /** A database of its own for each round. */
  readonly database: string;
  readonly events: number;
  /** Events that a tab claims at once. */
  readonly batch: number;
}

/** What one tab did. The moment is of the clock that all tabs share. */
export interface TabRecord extends ClaimCount {
  readonly sequences: readonly number[];
  readonly endedAt: number;
}

/** What a tab offers to the bench of competing tabs. */
export interface TabsPage {
  /** Stores the backlog, each event committed by itself. */
  fill(competition: Competition): Promise<void>;
  open(competition: Competition): Promise<void>;
  /** Claims and acknowledges from that moment on until nothing is to be had. */
  compete(startAt: number): Promise<TabRecord>;
  /** How many events are left. */
  close(): Promise<number>;
}

declare global {
  interface Window {
    tabs: TabsPage;
  }
}
