/** How the events of a round are claimed, and whether they are acknowledged one by one or all at once. */
export const WAYS = ['one claim', 'a claim each', 'a claim each, one at a time'] as const;

export type Way = (typeof WAYS)[number];

/** The functions of a page that the bench of lost leases calls. */
export interface LostPage {
  /** Opens two contexts over a new database. `others` events of another channel wait for their second delivery. */
  open(waiting: number): Promise<void>;
  /** Milliseconds until the acknowledgements resolve, under leases that the context holds or has lost. */
  measure(way: Way, areLost: boolean): Promise<number>;
  close(): Promise<void>;
}

declare global {
  interface Window {
    lost: LostPage;
  }
}
