export type BacklogSubject = 'obvious' | 'obvious, batched' | 'ackline';

/** The functions of a page that the benches of backlogs call. The name of a backlog is the name of its database. */
export interface BacklogPage {
  open(name: string, subject: BacklogSubject): Promise<void>;
  /** Stores the events as publishes of `perCommit` events at once would store them. */
  fill(name: string, count: number, perCommit: number): Promise<void>;
  /** Claims, handles and acknowledges at least `count` events, or all, up to 100 at once. Returns events per second. */
  drain(name: string, count: number): Promise<number>;
  /** Milliseconds of each claim while the backlog keeps its size. */
  measureClaims(name: string, claims: number): Promise<number[]>;
  /** Checks that everything was done. Returns the number of the next event. */
  close(name: string): Promise<number>;
  /** Milliseconds from the creation of the page's only channel to its first delivery, which is acknowledged. */
  claimCold(name: string): Promise<{ readonly sequence: number; readonly ms: number }>;
  /** Milliseconds to open the database by hand and read one row, in a page without another connection. */
  openCold(name: string): Promise<number>;
}

declare global {
  interface Window {
    backlog: BacklogPage;
  }
}
