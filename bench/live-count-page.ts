import { EventChannel } from 'ackline';
import { atRate } from 'ackline/flow';
import { indexedDbBackend } from 'ackline/indexeddb';
import { watchStats } from 'ackline/inspection';

const CHANNEL = 'orders';
const backend = indexedDbBackend({ database: 'live-count' });
const events = new EventChannel({ backend });

declare global {
  interface Window {
    liveCount: typeof liveCount;
  }
}

const liveCount = {
  /** Publishes the backlog. */
  async fill(count: number, batch: number): Promise<void> {
    for (let left = count; left > 0; left -= batch) {
      const drafts = Array.from({ length: Math.min(left, batch) }, (_, at) => draft(at));
      await events.publishMany(drafts);
    }
  },
  /** Publishes so many events each second, and handles them from the front. */
  flow(perSecond: number): void {
    const rate = { limit: perSecond / 50, perMs: 20 };
    events.listen(
      CHANNEL,
      atRate(() => undefined, rate),
      { concurrency: 100 },
    );
    setInterval(() => {
      for (let at = 0; at < perSecond / 50; at += 1)
        void events.publish(CHANNEL, draft(at).payload);
    }, 20);
  },
  /** Shows the live count in the page. */
  show(): void {
    watchStats(events, CHANNEL).subscribe(({ stats }) => {
      document.body.textContent = `${stats?.ready} ${stats?.leased}`;
    });
  },
};

function draft(at: number) {
  return { channel: CHANNEL, payload: { order: at, note: 'x'.repeat(250) } };
}

window.liveCount = liveCount;
