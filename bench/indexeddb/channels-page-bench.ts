import type { IdleCount } from './idle-page-bench.ts';

/** The functions of a tab that the bench of many channels calls. */
export interface ChannelsPage {
  /** Listens on the channels of a new database. Resolves with the milliseconds until the last one handles an event. */
  listen(channels: number): Promise<number>;
  /** Publishes one event after the other on random channels. Resolves with the milliseconds until each is handled. */
  publishPaced(count: number): Promise<number[]>;
  /** Sets the counters to 0. */
  startCount(): void;
  readCount(): IdleCount;
  /** How many events were handled more than once. */
  countDoubles(): number;
  close(): Promise<void>;
}

declare global {
  interface Window {
    channels: ChannelsPage;
  }
}
