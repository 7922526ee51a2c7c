import type { IdleCount } from './idle-page-bench.ts';

/** What a tab offers to the bench of many channels. */
export interface ChannelsPage {
  /** Listens on so many channels of a new database; resolves with the milliseconds until an event of the last one is handled. */
  listen(channels: number): Promise<number>;
  /** Publishes one event after the other, each on a channel that is chosen by chance; the milliseconds until each is handled. */
  publishPaced(count: number): Promise<number[]>;
  /** Counts anew from here on. */
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
