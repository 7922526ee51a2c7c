// Covers src/backends/indexeddb/scanning/queue-snapshot.ts, src/backends/indexeddb/publishing/appender.ts
import { expect, test } from 'vitest';
import { countRequests } from '../../support/count-requests.ts';
import { openDatabase } from './open-indexeddb.ts';
import { take } from './open-scanned.ts';

const FAR_MS = 86_400_000;

/** What a context requests and reads that claims and acknowledges one event, with so many scheduled events. */
async function costOfClaim(scheduled: number) {
  const { open, runtime } = openDatabase();
  const publisher = open();
  const availableAt = runtime.now() + FAR_MS;
  const drafts = Array.from({ length: scheduled }, (_, index) => {
    const options = index % 2 === 0 ? { delayMs: FAR_MS + index } : { availableAt };
    return { channel: 'a', payload: index, options };
  });
  await publisher.publishMany(drafts);
  await publisher.publish('a', 'now');
  const consumer = open();
  const counted = countRequests();
  const { eventId, payload } = await take(consumer);
  await consumer.ack(eventId);
  expect(payload).toBe('now');
  counted.stop();
  return { requests: counted.requests, rows: counted.rows };
}

test('thousands of scheduled events cost a claim no more than two', async () => {
  expect(await costOfClaim(5_000)).toEqual(await costOfClaim(2));
});
