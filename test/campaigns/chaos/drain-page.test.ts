import { type AsyncEventBackend, EventChannel, memoryBackend, memoryStore } from 'ackline';
import { allFeatures, indexedDbBackend } from 'ackline/indexeddb';
import { expect, onTestFinished, test } from 'vitest';
import type { HistoryRecord } from '../../../src/testing/history/history-record.ts';
import { payloadFor } from './chaos-payload.ts';
import { drainPage } from './drain-page.ts';

const CHANNEL = 'work-0';

type Noted = Pick<HistoryRecord, 'operation' | 'eventId'>;

/** By name, what opens two backends over one store. */
const STORES: Readonly<Record<string, () => () => AsyncEventBackend>> = {
  memory: () => {
    const store = memoryStore();
    return () => memoryBackend({ store });
  },
  IndexedDB: () => {
    const database = crypto.randomUUID();
    return () => indexedDbBackend({ features: allFeatures, database });
  },
};

/** A page that drains a store with an event in each state, and what it reports. */
async function arrange(open: () => AsyncEventBackend) {
  const channel = () => {
    const events = new EventChannel({ backend: open(), observer: () => undefined });
    onTestFinished(() => events.shutdown());
    return events;
  };
  const [other, events] = [channel(), channel()];
  const publish = (name: string, delayMs = 0) =>
    other.publish(CHANNEL, payloadFor(name), null, delayMs > 0 ? { delayMs } : {});
  await publish('dead');
  await (await other.dequeue(CHANNEL))?.reject('by chance');
  await publish('leased');
  await other.dequeue(CHANNEL);
  await publish('scheduled', 3_600_000);
  await publish('ready');
  const noted: Noted[] = [];
  const client = {
    events,
    noteDelivery: () => 'drain',
    settle: async (delivery: { ack(): Promise<unknown> }) => void (await delivery.ack()),
  };
  const reporter = {
    note: ({ operation, eventId }: Noted) =>
      void noted.push({ operation, ...(eventId !== undefined && { eventId }) }),
    report: async () => undefined,
  };
  return { page: drainPage(client, reporter), noted };
}

for (const [name, openStore] of Object.entries(STORES)) {
  test(`takeStock: over ${name} it reports each event that the store still has, and each dead letter, by its name`, async () => {
    const { page, noted } = await arrange(openStore());
    expect(await page.takeStock()).toBe(3);
    expect(noted.toSorted((a, b) => `${a.eventId}`.localeCompare(`${b.eventId}`))).toEqual([
      { operation: 'dead-letter', eventId: 'dead' },
      { operation: 'remain', eventId: 'leased' },
      { operation: 'remain', eventId: 'ready' },
      { operation: 'remain', eventId: 'scheduled' },
    ]);
  });

  test(`drainFor: over ${name} it acknowledges what is due, and ends in time with what it could not`, async () => {
    const { page, noted } = await arrange(openStore());
    expect(await page.drainFor(0)).toBe(2);
    expect(await page.takeStock()).toBe(2);
    expect(noted.map(({ eventId }) => eventId)).not.toContain('ready');
  });
}
