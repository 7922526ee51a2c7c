// Covers src/backends/memory/lane.ts, src/queue/heap.ts
import { expect, test } from 'vitest';
import { MemoryStore } from '../../../src/backends/memory/memory-store.ts';
import type { NewEvent } from '../../../src/queue/event-store.ts';
import { ManualRuntime } from '../../../src/testing/manual-runtime.ts';

const REQUEST = {
  ...{ channel: 'orders', limit: 1, leaseMs: 30_000, maxAttempts: 25 },
  ...{ maxHoldMs: 600_000, pollIntervalMs: 0 },
};

/** How often the store reads the delay of an event while it claims and acknowledges one, with so many scheduled events. */
function readsOfClaim(scheduled: number): number {
  const runtime = new ManualRuntime();
  const store = new MemoryStore(runtime);
  let reads = 0;
  const event = { channel: 'orders', payload: null, metadata: null, bytes: 8 };
  const createdAt = runtime.now();
  const later = (number: number): NewEvent => ({
    ...event,
    createdAt,
    eventId: `later-${number}`,
    get delayMs() {
      reads += 1;
      return 1_000 + ((number * 7_919) % 1_000_003);
    },
  });
  for (let number = 0; number < scheduled; number += 1) store.append([later(number)]);
  store.append([{ ...event, createdAt, eventId: 'now' }]);
  reads = 0;
  const { messages } = store.claim(REQUEST);
  expect(messages.map(({ eventId }) => eventId)).toEqual(['now']);
  store.settle([{ eventId: 'now', lease: messages[0]?.lease ?? 0, command: { verb: 'ack' } }]);
  return reads;
}

test('memory: a million scheduled events cost a claim no more than one', () => {
  expect(readsOfClaim(1_000_000)).toBe(readsOfClaim(1));
});
