import { expect, test } from 'vitest';
import { drafts, openDatabase } from '../open-indexeddb.ts';

const HOUR_MS = 3_600_000;

test('retryNow: more nacked events than one step reads become due, and events with a publish delay do not', async () => {
  const { open, runtime } = openDatabase();
  const backend = open();
  await backend.publishMany(drafts('a', 1_200));
  const taken = await backend.dequeueMany('a', 1_200, 0);
  for (let index = 0; index < 600; index += 1)
    void backend.publish('a', 'delayed', null, { delayMs: HOUR_MS + 2 * index });
  const nacked = taken.map(({ eventId, lease }, index) =>
    backend.nack(eventId, lease, { delayMs: HOUR_MS + index }),
  );
  await Promise.all(nacked);
  expect(await backend.stats('a')).toMatchObject({ ready: 0, scheduled: 1_800 });
  expect(await open().retryNow('a')).toBe(1_200);
  expect(await backend.stats('a')).toMatchObject({ ready: 1_200, scheduled: 600 });
  await runtime.advance(1_000);
  expect((await backend.dequeueMany('a', 2_000, 0)).length).toBe(1_000);
});

test('retryNow: while other contexts claim, no event is delivered twice', async () => {
  const { open } = openDatabase();
  const [first, second, third] = [open(), open(), open()];
  await first.publishMany(drafts('a', 300));
  const taken = await first.dequeueMany('a', 300, 0);
  const nacked = taken.map(({ eventId, lease }) =>
    first.nack(eventId, lease, { delayMs: HOUR_MS }),
  );
  await Promise.all(nacked);
  const counts = Promise.all([first.retryNow('a'), second.retryNow('a'), third.retryNow('a')]);
  const delivered: string[] = [];
  const consume = async (backend: typeof first) => {
    for (let round = 0; round < 40; round += 1)
      for (const { eventId, lease } of await backend.dequeueMany('a', 10, 0)) {
        delivered.push(eventId);
        expect(await backend.ack(eventId, lease)).toBe('ok');
      }
  };
  await Promise.all([consume(second), consume(third), counts]);
  await consume(first);
  expect((await counts).reduce((sum, count) => sum + count, 0)).toBe(300);
  expect(delivered.length).toBe(300);
  expect(new Set(delivered).size).toBe(300);
});
