/** What a tab did since the start of the count. */
export interface IdleCount {
  readonly transactions: Readonly<Record<IDBTransactionMode, number>>;
  readonly timersSet: number;
  /** The largest number that was pending at once. */
  readonly timersPending: number;
}

/** The functions of a tab that the bench of idle tabs calls. */
export interface IdlePage {
  listen(listeners: number): void;
  /** Sets the counters to 0. */
  startCount(): void;
  readCount(): IdleCount;
  publish(): Promise<void>;
  /** How many events were handled in this tab. */
  countHandled(): number;
  countLeft(): Promise<number>;
  close(): Promise<void>;
}

declare global {
  interface Window {
    idle: IdlePage;
  }
}
