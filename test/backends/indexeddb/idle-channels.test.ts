// Covers src/backends/indexeddb/cleanup/housekeeping.ts, src/backends/indexeddb/claiming/claimers.ts
import { EventChannel } from 'ackline';
import { expect, test } from 'vitest';
import { keptKeys } from '../../support/kept-keys.ts';
import { nextTask } from '../../support/next-task.ts';
import { openDatabase } from './open-indexeddb.ts';

/** More channels than are kept. With 10,000 the result is the same. */
const CHANNELS = Number(process.env['ACKLINE_IDLE_CHANNELS'] ?? 400);
const AT_ONCE = 50;
/** Longer only where the variable asks for more channels. */
const WITHIN_MS = Math.max(100_000, CHANNELS * 250);
/** The most unused channels that may be kept. */
const MAX_KEPT = 64;
const PREFIX = 'used-once-';

type Events = EventChannel<Record<string, number>>;

/** Uses a channel as one consumer does, in one of the ways of use. */
async function useOnce(events: Events, channel: string, way: number): Promise<void> {
  const [delivery] = await events.dequeueMany(channel, 1, { pollIntervalMs: 0 });
  if (way === 0) return void (await delivery?.reject('no'));
  if (way === 1) await delivery?.nack({ delayMs: 0 });
  else await delivery?.ack();
  await (await events.dequeue(channel, { pollIntervalMs: 0 }))?.ack();
  if (way === 2) await events.listen(channel, () => {}).stop();
}

test(
  'IndexedDB: after many channels were used once, the state of at most 64 is kept',
  async () => {
    const { open, runtime } = openDatabase();
    const events: Events = new EventChannel({ backend: open(), observer: () => {} });
    for (let first = 0; first < CHANNELS; first += AT_ONCE) {
      const channels = Array.from({ length: AT_ONCE }, (_, index) => `${PREFIX}${first + index}`);
      await events.publishMany(channels.map((channel) => ({ channel, payload: 1 })));
      await Promise.all(channels.map((channel, index) => useOnce(events, channel, index % 5)));
    }
    // The queues are cleaned up one after the other, the last time a minute after their guard rows were deleted.
    const kept = async () => {
      await runtime.advance(61_000);
      for (let task = 0; task < CHANNELS; task += 1) await nextTask();
      return Math.max(0, ...keptKeys(PREFIX));
    };
    await expect.poll(kept, { timeout: WITHIN_MS, interval: 1 }).toBeLessThanOrEqual(MAX_KEPT);
    const { held = [], pending = [] } = await navigator.locks.query();
    expect([...held, ...pending].filter(({ name }) => name?.includes(PREFIX))).toEqual([]);
  },
  WITHIN_MS + 20_000,
);
