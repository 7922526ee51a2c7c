import { EventChannel } from 'ackline';
import { indexedDbBackend } from 'ackline/indexeddb';
import type { ChannelsPage } from './channels-page-bench.ts';
import { IdleCounter } from './idle-counter.ts';

/** Runs in the browser. The bench calls `window.channels`. */

const counter = new IdleCounter();
const handlers = new Map<number, () => void>();
let events: EventChannel | undefined;
let channelCount = 0;
let nextSequence = 0;
let doubles = 0;

function opened(): EventChannel {
  if (!events) throw new Error('nothing listens yet');
  return events;
}

/** Publishes one event. Resolves with the milliseconds until its handler runs. */
async function publishTo(channel: number): Promise<number> {
  const sequence = nextSequence;
  nextSequence += 1;
  const handled = new Promise<void>((resolve) => handlers.set(sequence, resolve));
  const startedAt = performance.now();
  await opened().publish(`channel-${channel}`, sequence);
  await handled;
  return performance.now() - startedAt;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const page: ChannelsPage = {
  listen(channels) {
    channelCount = channels;
    const database = `channels-${crypto.randomUUID()}`;
    events = new EventChannel({ backend: indexedDbBackend({ database }) });
    for (let channel = 0; channel < channels; channel += 1)
      events.listen(`channel-${channel}`, ({ payload }) => {
        const sequence = payload as number;
        const handle = handlers.get(sequence);
        if (handle) handle();
        else doubles += 1;
        handlers.delete(sequence);
      });
    return publishTo(channels - 1);
  },
  async publishPaced(count) {
    const latencies: number[] = [];
    while (latencies.length < count) {
      await pause(20 + Math.random() * 60);
      latencies.push(await publishTo(Math.floor(Math.random() * channelCount)));
    }
    return latencies;
  },
  startCount: () => counter.restart(),
  readCount: () => counter.read(),
  countDoubles: () => doubles,
  close: () => opened().shutdown(),
};

window.channels = page;
