import { CHANNEL, countsOf, openBackend, publishEach, takeNext } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual } from './expect.ts';

export const statsCases: readonly ConformanceCase[] = [
  {
    name: 'stats: counts nothing in a channel that was never used',
    requires: ['stats'],
    async run(context) {
      const none = { ready: 0, leased: 0, scheduled: 0, dead: 0 };
      expectEqual(countsOf(await openBackend(context).stats(CHANNEL)), none, 'stats');
    },
  },
  {
    name: 'stats: follows an event from place to place',
    requires: ['stats', 'delayMs', 'reject'],
    async run(context) {
      const backend = openBackend(context);
      const none = { ready: 0, leased: 0, scheduled: 0, dead: 0 };
      const see = async (counts: Partial<typeof none>, when: string) =>
        expectEqual(countsOf(await backend.stats(CHANNEL)), { ...none, ...counts }, when);
      await backend.publish(CHANNEL, 'one', null, { delayMs: 1_000 });
      await see({ scheduled: 1 }, 'delayed');
      await context.runtime.advance(1_000);
      await see({ ready: 1 }, 'due');
      const first = await takeNext(backend);
      await see({ leased: 1 }, 'leased');
      await backend.nack(first.eventId, first.lease, { delayMs: 1_000 });
      await see({ scheduled: 1 }, 'nacked with a delay');
      await context.runtime.advance(1_000);
      const second = await takeNext(backend);
      await backend.nack(second.eventId, second.lease);
      await see({ ready: 1 }, 'nacked');
      const third = await takeNext(backend);
      await backend.reject(third.eventId, third.lease);
      await see({ dead: 1 }, 'rejected');
    },
  },
  {
    name: 'stats: counts many events, and no acknowledged ones',
    requires: ['stats', 'publishMany', 'dequeueMany'],
    async run(context) {
      const backend = openBackend(context);
      const drafts = Array.from({ length: 20 }, (_, payload) => ({ channel: CHANNEL, payload }));
      await backend.publishMany(drafts);
      await publishEach(backend, 'single');
      const messages = await backend.dequeueMany(CHANNEL, 8, 0);
      const held = { ready: 13, leased: 8, scheduled: 0, dead: 0 };
      expectEqual(countsOf(await backend.stats(CHANNEL)), held, 'after a claim');
      for (const { eventId, lease } of messages.slice(0, 5)) await backend.ack(eventId, lease);
      const acked = { ready: 13, leased: 3, scheduled: 0, dead: 0 };
      expectEqual(countsOf(await backend.stats(CHANNEL)), acked, 'after five acknowledgements');
    },
  },
];
