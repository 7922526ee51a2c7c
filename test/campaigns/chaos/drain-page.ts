import type { EventChannel } from 'ackline';
import { browse } from 'ackline/inspection';
import type { CallReporter } from './call-reporter.ts';
import type { ChaosClient } from './chaos-client.ts';
import { CHANNELS } from './chaos-messages.ts';
import { inspectPayload } from './chaos-payload.ts';
import type { DrainPage } from './drain-store.ts';
import { pause } from './send-batch.ts';

const BATCH = 500;
/** An event that comes due meanwhile is in a later list, so that none is missed. */
const STORED = ['scheduled', 'leased', 'ready'] as const;

type Client = Pick<ChaosClient, 'events' | 'settle' | 'noteDelivery'>;
type Reporter = Pick<CallReporter, 'note' | 'report'>;

/** Consumes what is left, and reports what it cannot. It runs in the browser. */
export function drainPage(client: Client, reporter: Reporter): DrainPage {
  return {
    drainFor: (ms) => drainFor(client, Date.now() + ms),
    takeStock: () => takeStock(client, reporter),
  };
}

/** How many events wait or are leased. */
export async function countLeft(events: EventChannel): Promise<number> {
  let left = 0;
  for (const channel of CHANNELS) {
    const { ready, leased, scheduled } = await events.stats(channel);
    left += ready + leased + scheduled;
  }
  return left;
}

async function drainFor(client: Client, end: number): Promise<number> {
  const { events } = client;
  let left = await countLeft(events);
  while (left > 0) {
    for (const channel of CHANNELS) {
      const deliveries = await events.dequeueMany(channel, BATCH, { pollIntervalMs: 0 });
      const settle = async (delivery: (typeof deliveries)[number]) =>
        client.settle(delivery, client.noteDelivery(delivery), 'ack');
      await Promise.all(deliveries.map(settle));
    }
    left = await countLeft(events);
    if (Date.now() >= end) break;
    await pause(20);
  }
  return left;
}

async function takeStock({ events }: Client, reporter: Reporter): Promise<number> {
  const remaining = new Set<string>();
  for (const channel of CHANNELS) {
    for (const state of STORED)
      for (const eventId of await namesIn(events, channel, state)) {
        if (remaining.has(eventId)) continue;
        remaining.add(eventId);
        reporter.note({ operation: 'remain', channel, eventId });
      }
    for (const eventId of await namesIn(events, channel, 'dead'))
      reporter.note({ operation: 'dead-letter', channel, eventId });
  }
  await reporter.report({ type: 'stopped' });
  return remaining.size;
}

/** The names of all stored events in a state. */
async function namesIn(
  events: EventChannel,
  channel: string,
  state: (typeof STORED)[number] | 'dead',
): Promise<readonly string[]> {
  const names: string[] = [];
  let after: string | undefined;
  do {
    const page = await browse(events, channel, { state, limit: BATCH, payload: true, after });
    names.push(
      ...page.events.map(({ payload, eventId }) => inspectPayload(payload).name ?? eventId),
    );
    after = page.after;
  } while (after !== undefined);
  return names;
}
