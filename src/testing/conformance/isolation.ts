import { CHANNEL, countsOf, expectNothingDue, openBackend, takePayloads } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual } from './expect.ts';

export const isolationCases: readonly ConformanceCase[] = [
  {
    name: 'isolation: a channel delivers its own events only, names that begin alike or not',
    requires: [],
    async run(context) {
      const backend = openBackend(context);
      const channels = [
        'order',
        'order.placed',
        'order.placed.eu',
        'Order',
        'order:placed',
        'orde',
      ];
      for (const channel of channels) await backend.publish(channel, channel);
      await expectNothingDue(backend, 'order.');
      for (const channel of channels)
        expectEqual(await takePayloads(backend, channel), [channel], channel);
    },
  },
  {
    name: 'isolation: settling in one channel leaves the others as they are',
    requires: ['stats', 'reject', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      for (const channel of [CHANNEL, 'other']) await backend.publish(channel, channel);
      const before = countsOf(await backend.stats('other'));
      const message = await backend.dequeue(CHANNEL, 0);
      await backend.reject(message?.eventId ?? '', message?.lease);
      expectEqual(countsOf(await backend.stats('other')), before, 'stats of the other channel');
      expectEqual(await backend.deadLetters('other', 10), [], 'dead letters of the other channel');
    },
  },
];
