export type BacklogSubject = 'obvious' | 'obvious, batched' | 'ackline';

/** What a page offers to the benches of backlogs. A backlog goes by its name, which is that of its database. */
export interface BacklogPage {
  open(name: string, subject: BacklogSubject): Promise<void>;
  /** As publishes of `perCommit` events at once would have stored them. */
  fill(name: string, count: number, perCommit: number): Promise<void>;
  /** Claims, handles and acknowledges at least so many, or all that are left, up to 100 at once; events per second. */
  drain(name: string, count: number): Promise<number>;
  /** Milliseconds of each claim at a backlog that stands. */
  measureClaims(name: string, claims: number): Promise<number[]>;
  /** Sees that everything was done; answers which event comes next. */
  close(name: string): Promise<number>;
  /** Milliseconds from making the channel to its first delivery, which is acknowledged, in a page that has no other. */
  claimCold(name: string): Promise<{ readonly sequence: number; readonly ms: number }>;
  /** Milliseconds of opening the database by hand and reading one row, in a page that has no other. */
  openCold(name: string): Promise<number>;
}

declare global {
  interface Window {
    backlog: BacklogPage;
  }
}
