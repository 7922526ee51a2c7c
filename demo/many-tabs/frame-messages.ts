/** What a tab in a frame reports to the page around it: how the receipts name it. */
export interface FrameReport {
  readonly kind: 'opened';
  readonly tab: string;
  readonly memberId: string;
}

/** What the page asks of a tab: to behave as a page that the browser freezes, and lets go on. */
export interface FrameOrder {
  readonly kind: 'freeze' | 'resume';
}
