import { CHANNEL, countsOf, openBackend, publishEach, takeNext, takePayloads } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

const HOUR_MS = 3_600_000;
const FULL = { name: 'AcklineError', code: 'backlog-full', channel: CHANNEL } as const;
const OTHER = 'others';

export const maxBacklogCases: readonly ConformanceCase[] = [
  {
    name: 'maxBacklog: a publish to a full channel is refused with the numbers, and stores nothing',
    requires: ['maxBacklog', 'stats'],
    async run(context) {
      const backend = openBackend(context);
      const publish = () => backend.publish(CHANNEL, 'x', null, { maxBacklog: 2 });
      await publish();
      await publish();
      await expectRejects(publish, { ...FULL, says: ['2', 'maxBacklog'] }, 'a third event');
      const error: unknown = await publish().catch((thrown: unknown) => thrown);
      const { backlog } = error as { readonly backlog?: unknown };
      expectEqual(backlog, { waiting: 2, maxBacklog: 2 }, 'numbers');
      const counts = { ready: 2, leased: 0, scheduled: 0, dead: 0 };
      expectEqual(countsOf(await backend.stats(CHANNEL)), counts, 'counts');
      await backend.publish('others', 'x', null, { maxBacklog: 1 });
    },
  },
  {
    name: 'maxBacklog: scheduled events count, and leased ones do not',
    requires: ['maxBacklog', 'delayMs'],
    async run(context) {
      const backend = openBackend(context);
      const options = { maxBacklog: 2 };
      await backend.publish(CHANNEL, 'later', null, { ...options, delayMs: HOUR_MS });
      await backend.publish(CHANNEL, 'now', null, options);
      await expectRejects(() => backend.publish(CHANNEL, 3, null, options), FULL, 'a third event');
      const { eventId, lease } = await takeNext(backend);
      await backend.publish(CHANNEL, 3, null, options);
      await backend.nack(eventId, lease);
      await expectRejects(() => backend.publish(CHANNEL, 4, null, options), FULL, 'after a nack');
    },
  },
  {
    name: 'maxBacklog: a batch is stored in full or not at all',
    requires: ['maxBacklog', 'publishMany', 'stats'],
    async run(context) {
      const backend = openBackend(context);
      const options = { maxBacklog: 3 };
      const draft = { channel: CHANNEL, payload: 1, options };
      const other = { channel: 'others', payload: 1 };
      await backend.publishMany([draft, draft]);
      await expectRejects(() => backend.publishMany([other, draft, draft]), FULL, 'four events');
      expectEqual((await backend.stats('others')).ready, 0, 'the other channel');
      await backend.publishMany([draft, other]);
      expectEqual((await backend.stats(CHANNEL)).ready, 3, 'events');
    },
  },
  {
    name: 'maxBacklog: publishes at the same time do not exceed it together',
    requires: ['maxBacklog', 'stats'],
    async run(context) {
      const backend = openBackend(context);
      const publish = () => backend.publish(CHANNEL, 'x', null, { maxBacklog: 5 });
      const ended = await Promise.allSettled(Array.from({ length: 9 }, publish));
      expectEqual(ended.filter(({ status }) => status === 'fulfilled').length, 5, 'stored');
      expectEqual((await backend.stats(CHANNEL)).ready, 5, 'events');
    },
  },
  {
    name: 'maxBacklog: events without it are stored in a full channel, and count',
    requires: ['maxBacklog'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 1, 2, 3);
      const publish = () => backend.publish(CHANNEL, 4, null, { maxBacklog: 3 });
      await expectRejects(publish, FULL, 'a fourth event');
      await publishEach(backend, 4);
    },
  },
  {
    name: 'maxBacklog: refuses a number below 1',
    requires: ['maxBacklog'],
    async run(context) {
      const backend = openBackend(context);
      const publish = () => backend.publish(CHANNEL, 1, null, { maxBacklog: 0 });
      await expectRejects(publish, { name: 'TypeError', says: ['maxBacklog', '0'] }, '0');
    },
  },
  {
    name: 'whenFull: the oldest events make room, and are dead letters whose attempts do not count',
    requires: ['maxBacklog', 'publishMany', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      const options = { maxBacklog: 3, whenFull: 'drop-oldest' } as const;
      const draft = (payload: number) => ({ channel: CHANNEL, payload, options });
      await backend.publishMany([1, 2, 3].map(draft));
      await backend.publishMany([4, 5].map(draft));
      const letters = await backend.deadLetters(CHANNEL, 9);
      expectEqual(
        letters.map(({ payload, reason, attempts }) => [payload, reason, attempts]),
        [
          [1, 'dropped', 0],
          [2, 'dropped', 0],
        ],
        'dead letters',
      );
      expectEqual(await takePayloads(backend), [3, 4, 5], 'events');
    },
  },
  {
    name: 'whenFull: several events of one key make room, although they are delivered one after the other',
    requires: ['maxBacklog', 'keys', 'publishMany', 'deadLetters', 'stats'],
    async run(context) {
      const backend = openBackend(context);
      const options = { maxBacklog: 3, whenFull: 'drop-oldest', key: 'k' } as const;
      const draft = (payload: number) => ({ channel: CHANNEL, payload, options });
      await backend.publishMany([1, 2, 3].map(draft));
      await backend.publishMany([4, 5].map(draft));
      const letters = await backend.deadLetters(CHANNEL, 9);
      expectEqual(
        letters.map(({ payload }) => payload),
        [1, 2],
        'dead letters',
      );
      expectEqual((await backend.stats(CHANNEL)).ready, 3, 'events');
    },
  },
  {
    name: 'whenFull: a publish is refused where too few due events wait, and where it exceeds the limit alone',
    requires: ['maxBacklog', 'publishMany', 'delayMs', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      const options = { maxBacklog: 1, whenFull: 'drop-oldest' } as const;
      const draft = { channel: CHANNEL, payload: 1, options };
      await expectRejects(() => backend.publishMany([draft, draft]), FULL, 'two events');
      await backend.publish(CHANNEL, 1, null, { ...options, delayMs: HOUR_MS });
      await expectRejects(() => backend.publishMany([draft]), FULL, 'a scheduled event');
      expectEqual(await backend.deadLetters(CHANNEL, 9), [], 'dead letters');
    },
  },
  {
    name: 'whenFull: a publish that is refused has dropped nothing, although some events were due',
    requires: ['maxBacklog', 'publishMany', 'delayMs', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 1, null, { delayMs: HOUR_MS });
      await backend.publish(CHANNEL, 2, null, { delayMs: HOUR_MS });
      await backend.publish(CHANNEL, 3);
      const options = { maxBacklog: 2, whenFull: 'drop-oldest' } as const;
      await expectRejects(() => backend.publish(CHANNEL, 4, null, options), FULL, 'a publish');
      expectEqual(await backend.deadLetters(CHANNEL, 9), [], 'dead letters');
      expectEqual(await takePayloads(backend), [3], 'events');
    },
  },
  {
    name: 'whenFull: a publish to several channels that is refused for one has dropped nothing in another',
    requires: ['maxBacklog', 'publishMany', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 1);
      const options = { maxBacklog: 1, whenFull: 'drop-oldest' } as const;
      const drafts = [CHANNEL, OTHER, OTHER].map((channel) => ({ channel, payload: 2, options }));
      const full = { ...FULL, channel: OTHER };
      await expectRejects(() => backend.publishMany(drafts), full, 'two events for one place');
      expectEqual(await backend.deadLetters(CHANNEL, 9), [], 'dead letters');
      expectEqual(await takePayloads(backend), [1], 'events');
    },
  },
];
