/** What makes an event wait in a row of its own. */
export interface OwnTerms {
  readonly delayMs?: number;
  readonly availableAt?: number;
  readonly priority?: number;
}
