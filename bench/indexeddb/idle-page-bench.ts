/** What a tab did since the count began. */
export interface IdleCount {
  readonly transactions: Readonly<Record<IDBTransactionMode, number>>;
  readonly timersSet: number;
  /** The most that were pending at once. */
  readonly timersPending: number;
}

/** What a tab offers to the bench of idleness. */
export interface IdlePage {
  listen(listeners: number): void;
  /** Counts anew from here on. */
  startCount(): void;
  readCount(): IdleCount;
  publish(): Promise<void>;
  /** How many events were handled here. */
  countHandled(): number;
  countLeft(): Promise<number>;
  close(): Promise<void>;
}

declare global {
  interface Window {
    idle: IdlePage;
  }
}
