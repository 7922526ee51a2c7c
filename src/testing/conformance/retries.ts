import { CHANNEL, openBackend, publishEach, takeNext } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual } from './expect.ts';

const OLD = Array.from({ length: 20 }, (_, index) => `old ${index}`);
const NEW = ['new 0', 'new 1', 'new 2', 'new 3'];

/** Events that have failed and are due again after a delay, and events that were published then. */
async function openOverloaded(context: Parameters<ConformanceCase['run']>[0]) {
  const backend = openBackend(context);
  await publishEach(backend, ...OLD);
  for (const _ of OLD) {
    const { eventId, lease } = await takeNext(backend);
    await backend.nack(eventId, lease, { delayMs: 1_000 });
  }
  await context.runtime.advance(1_000);
  await publishEach(backend, ...NEW);
  return backend;
}

export const retriesCases: readonly ConformanceCase[] = [
  {
    name: 'retries: due retries and new events are delivered alternately, each kind in commit order',
    requires: ['delayMs'],
    async run(context) {
      const backend = await openOverloaded(context);
      const taken: unknown[] = [];
      for (let count = 0; count < 9; count += 1) taken.push((await takeNext(backend)).payload);
      const isNew = (payload: unknown) => NEW.includes(String(payload));
      expectEqual(taken.filter(isNew), NEW, 'new events of nine deliveries');
      expectEqual(
        taken.filter((payload) => !isNew(payload)),
        OLD.slice(0, 5),
        'retries of nine deliveries',
      );
    },
  },
  {
    name: 'retries: of a batch that cannot take all, half are new events and half are retries',
    requires: ['delayMs', 'dequeueMany'],
    async run(context) {
      const backend = await openOverloaded(context);
      const batch = await backend.dequeueMany(CHANNEL, 6, 0);
      expectEqual(
        batch.map(({ payload }) => payload),
        [...OLD.slice(0, 3), ...NEW.slice(0, 3)],
        'the batch',
      );
    },
  },
  {
    name: 'retries: a batch that can take all is in commit order, and leaves nothing',
    requires: ['delayMs', 'dequeueMany'],
    async run(context) {
      const backend = await openOverloaded(context);
      const batch = await backend.dequeueMany(CHANNEL, 100, 0);
      expectEqual(
        batch.map(({ payload }) => payload),
        [...OLD, ...NEW],
        'the batch',
      );
    },
  },
  {
    name: 'retries: an event that is nacked without a delay returns to its old place, before newer events',
    requires: ['delayMs', 'dequeueMany'],
    async run(context) {
      const backend = await openOverloaded(context);
      for (const { eventId, lease } of await backend.dequeueMany(CHANNEL, 6, 0))
        await backend.nack(eventId, lease);
      const batch = await backend.dequeueMany(CHANNEL, 6, 0);
      expectEqual(
        batch.map(({ payload }) => payload),
        OLD.slice(0, 6),
        'three that went back to their place, and three retries',
      );
    },
  },
];
