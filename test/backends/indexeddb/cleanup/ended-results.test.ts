import { expect, test } from 'vitest';
import { openStore } from '../open-store.ts';

test('results whose retention has passed are deleted in steps, and no others', async () => {
  const { backend, rows, runtime, store, write } = await openStore();
  const now = runtime.now();
  const ended = Array.from({ length: 1_200 }, (_, index) => {
    const eventId = String(index);
    const result = { eventId, state: 'cancelled', cancelledAt: now };
    return { v: 1, queue: 'a', eventId, result, until: now + index };
  });
  await write('results', ...ended);
  const kept = { retentionMs: 600_000 };
  for (const id of ['pending', 'kept']) await backend.publish('a', id, null, { ...kept, id });
  const [, message] = await backend.dequeueMany('a', 2, 0);
  await backend.ack('kept', message?.lease);
  await runtime.advance(60_000);
  await store.housekeeping.settled();
  const left = (await rows('results')) as { eventId: string }[];
  expect(left.map(({ eventId }) => eventId)).toEqual(['kept', 'pending']);
  await runtime.advance(660_000);
  await store.housekeeping.settled();
  expect(await rows('results')).toHaveLength(1);
  await backend.shutdown();
});

test('a context that uses no results never reads them', async () => {
  const { backend, runtime } = await openStore();
  await backend.publish('a', 1);
  const message = await backend.dequeue('a', 0);
  await backend.ack(message?.eventId as string);
  await runtime.advance(600_000);
  expect(runtime.pendingTimers).toBe(0);
  await backend.shutdown();
});
