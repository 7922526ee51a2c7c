import type { ClaimCount } from './claim-counter.ts';

export type TabsSubject = 'obvious' | 'ackline';

export interface Competition {
  readonly subject: TabsSubject;
  /** A new database for each round. */
  readonly database: string;
  readonly events: number;
  /** Events that a tab claims at once. */
  readonly batch: number;
}

/** What one tab did. The moment is on the clock that all tabs share. */
export interface TabRecord extends ClaimCount {
  readonly sequences: readonly number[];
  readonly endedAt: number;
}

/** The functions of a tab that the bench of competing tabs calls. */
export interface TabsPage {
  /** Stores the backlog. Each event is one commit. */
  fill(competition: Competition): Promise<void>;
  open(competition: Competition): Promise<void>;
  /** Claims and acknowledges from that moment on, until no event is left. */
  compete(startAt: number): Promise<TabRecord>;
  /** How many events are left. */
  close(): Promise<number>;
}

declare global {
  interface Window {
    tabs: TabsPage;
  }
}
