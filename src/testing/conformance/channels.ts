import { channels } from '../../inspection/channels.ts';
import { stats } from '../../inspection/stats.ts';
import { CHANNEL, countsOf, openBackend, rejectEach, takeNext } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

const NONE = { ready: 0, leased: 0, scheduled: 0, dead: 0 };

export const channelsCases: readonly ConformanceCase[] = [
  {
    name: 'channels: lists the channels that hold events, by name, with their counts',
    requires: ['channels', 'delayMs', 'reject', 'publishMany'],
    async run(context) {
      const backend = openBackend(context);
      const list = async () =>
        (await channels(backend)).channels.map(({ channel, stats: counts }) => [
          channel,
          countsOf(counts),
        ]);
      expectEqual(await list(), [], 'channels of a new storage');
      await rejectEach(backend, 1);
      await backend.publish('b', 1, null, { delayMs: 1_000 });
      await backend.publish('a', 1);
      const held = await backend.dequeue('a', 0);
      await backend.publishMany(['c', 'c', 'd'].map((channel) => ({ channel, payload: 1 })));
      const last = await backend.dequeue('d', 0);
      await backend.ack(last?.eventId ?? '', last?.lease);
      const expected = [
        ['a', { ...NONE, leased: 1 }],
        ['b', { ...NONE, scheduled: 1 }],
        ['c', { ...NONE, ready: 2 }],
        [CHANNEL, { ...NONE, dead: 1 }],
      ];
      expectEqual(await list(), expected, 'channels');
      const sum = { ready: 2, leased: 1, scheduled: 1, dead: 1 };
      expectEqual(countsOf(await stats(backend)), sum, 'the sum of all channels');
      expectEqual(countsOf(await stats(backend, 'c')), { ...NONE, ready: 2 }, 'one channel');
      await backend.ack(held?.eventId ?? '', held?.lease);
      expectEqual(await list(), expected.slice(1), 'channels after the acknowledgement');
    },
  },
  {
    name: 'channels: pages follow each other by name',
    requires: ['channels', 'publishMany'],
    async run(context) {
      const backend = openBackend(context);
      const names = Array.from({ length: 25 }, (_, index) => `c${String(index).padStart(2, '0')}`);
      await backend.publishMany(names.map((channel) => ({ channel, payload: 1 })).reverse());
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await channels(backend, { limit: 10, after });
        seen.push(...page.channels.map(({ channel }) => channel));
        after = page.after;
      } while (after !== undefined && seen.length < 100);
      expectEqual(seen, names, 'names');
      expectEqual((await stats(backend)).ready, 25, 'the sum');
      const expected = { name: 'TypeError', says: ['limit', '0'] } as const;
      await expectRejects(() => channels(backend, { limit: 0 }), expected, 'a limit');
    },
  },
  {
    name: 'channels: sees what other contexts hold',
    requires: ['channels', 'contexts'],
    async run(context) {
      const [one, other] = [openBackend(context), openBackend(context)];
      await other.publish(CHANNEL, 1);
      await takeNext(other);
      const [seen] = (await channels(one)).channels;
      expectEqual(seen && countsOf(seen.stats), { ...NONE, leased: 1 }, 'counts');
    },
  },
  {
    name: 'channels: is refused as closed after shutdown, as is the sum of all channels',
    requires: ['channels'],
    async run(context) {
      const backend = openBackend(context);
      await backend.shutdown();
      const expected = { name: 'AcklineError', code: 'closed' } as const;
      await expectRejects(() => channels(backend), expected, 'channels');
      await expectRejects(() => stats(backend), expected, 'stats');
    },
  },
];
