/** How the events of a round are claimed, and whether they are acknowledged one after the other or all at once. */
export const WAYS = ['one claim', 'a claim each', 'a claim each, one at a time'] as const;

export type Way = (typeof WAYS)[number];

/** What a page offers to the bench of lost leases. */
export interface LostPage {
  /** Two contexts over a new database in which so many events of another channel wait for their second delivery. */
  open(waiting: number): Promise<void>;
  /** Milliseconds in which a context learns what became of its acknowledgements, under leases that it holds or has lost. */
  measure(way: Way, areLost: boolean): Promise<number>;
  close(): Promise<void>;
}

declare global {
  interface Window {
    lost: LostPage;
  }
}
