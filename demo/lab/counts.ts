import type { ChannelStats } from 'ackline';
import { CHANNELS, type ChannelName } from './channels.ts';
import type { DemoEvents } from './open-events.ts';

const INTERVAL_MS = 500;
const SOON_MS = 80;

/** Reads the counts of all channels repeatedly, because other tabs change them too. */
export class Counts {
  readonly #events: DemoEvents;
  readonly #show: (channel: ChannelName, stats: ChannelStats) => unknown;
  readonly #failed: (error: unknown) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isReading = false;
  #isHurrying = false;

  constructor(
    events: DemoEvents,
    show: (channel: ChannelName, stats: ChannelStats) => unknown,
    failed: (error: unknown) => void,
  ) {
    this.#events = events;
    this.#show = show;
    this.#failed = failed;
  }

  start(): void {
    document.addEventListener('visibilitychange', () => this.#plan(0));
    this.#plan(0);
  }

  /** Something happened in this tab: read the counts sooner. */
  hurry(): void {
    if (!this.#isHurrying) this.#plan(SOON_MS);
    this.#isHurrying = true;
  }

  #plan(ms: number): void {
    if (this.#isReading || document.hidden) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(), ms);
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    this.#isHurrying = false;
    try {
      for (const channel of CHANNELS) await this.#show(channel, await this.#events.stats(channel));
    } catch (error) {
      this.#failed(error);
    }
    this.#isReading = false;
    this.#plan(this.#isHurrying ? SOON_MS : INTERVAL_MS);
  }
}
