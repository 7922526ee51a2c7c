import { deleteGroup } from '../../groups/group-calls.ts';
import { browse } from '../../inspection/browse.ts';
import { channels } from '../../inspection/channels.ts';
import { stats } from '../../inspection/stats.ts';
import { watchDeadLetters } from '../../inspection/watch-dead-letters.ts';
import { watchStats } from '../../inspection/watch-stats.ts';
import {
  ackAll,
  CHANNEL,
  countsOf,
  type FullBackend,
  openBackend,
  publishEach,
  takeMany,
} from './arrange.ts';
import { createGroups, MAIL, SEARCH, takeOf } from './arrange-groups.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects, expectTrue } from './expect.ts';
import { passUntil } from './pass-until.ts';

/** One event of each group is ready; the other one of the group `search` is a dead letter. */
async function openGroups(backend: FullBackend): Promise<void> {
  await createGroups(backend, SEARCH, MAIL);
  await publishEach(backend, 'one', 'two');
  const { eventId, lease } = await takeOf(backend, SEARCH);
  await backend.reject(eventId, lease);
  const mail = await takeOf(backend, MAIL);
  await backend.ack(mail.eventId, mail.lease);
}

export const inspectGroupsCases: readonly ConformanceCase[] = [
  {
    name: 'browse: lists the events of one group, under the names of its channel and group',
    requires: ['browse', 'groups', 'reject'],
    async run(context) {
      const backend = openBackend(context);
      await openGroups(backend);
      const namesOf = async (group: string, state: 'ready' | 'dead') => {
        const page = await browse(backend, CHANNEL, { state, group, payload: true });
        return page.events.map((event) => [event.channel, event.group, event.payload]);
      };
      expectEqual(await namesOf(SEARCH, 'ready'), [[CHANNEL, SEARCH, 'two']], 'what waits');
      expectEqual(await namesOf(SEARCH, 'dead'), [[CHANNEL, SEARCH, 'one']], 'dead letters');
      expectEqual(await namesOf(MAIL, 'ready'), [[CHANNEL, MAIL, 'two']], 'the other group');
      expectEqual(await namesOf(MAIL, 'dead'), [], 'its dead letters');
      const plain = await browse(backend, CHANNEL, { state: 'ready' });
      expectEqual(
        plain.events.map((event) => [event.channel, 'group' in event]),
        [
          [CHANNEL, false],
          [CHANNEL, false],
        ],
        'the plain queue',
      );
    },
  },
  {
    name: 'browse: the pages of a group follow each other',
    requires: ['browse', 'groups'],
    async run(context) {
      const backend = openBackend(context);
      await createGroups(backend, SEARCH);
      await publishEach(backend, 1, 2, 3);
      const seen: unknown[] = [];
      for (let after: string | undefined, count = 0; count < 4; count += 1) {
        const options = { state: 'ready', group: SEARCH, limit: 1, payload: true, after } as const;
        const page = await browse(backend, CHANNEL, options);
        seen.push(...page.events.map(({ payload }) => payload));
        after = page.after;
        if (after === undefined) break;
      }
      expectEqual(seen, [1, 2, 3], 'the events of all pages');
    },
  },
  {
    name: 'stats: counts the events of one group',
    requires: ['stats', 'browse', 'groups', 'reject'],
    async run(context) {
      const backend = openBackend(context);
      await openGroups(backend);
      const of = async (group?: string) => countsOf(await stats(backend, CHANNEL, { group }));
      const none = { leased: 0, scheduled: 0 };
      expectEqual(await of(SEARCH), { ...none, ready: 1, dead: 1 }, SEARCH);
      expectEqual(await of(MAIL), { ...none, ready: 1, dead: 0 }, MAIL);
      expectEqual(await of(), { ...none, ready: 2, dead: 0 }, 'the plain queue');
    },
  },
  {
    name: 'channels: lists channels and no groups, by the events of their plain queues',
    requires: ['channels', 'groups', 'reject'],
    async run(context) {
      const backend = openBackend(context);
      await openGroups(backend);
      await backend.publish('z', 1);
      const list = async () =>
        (await channels(backend)).channels.map(({ channel, stats }) => [channel, countsOf(stats)]);
      const none = { leased: 0, scheduled: 0, dead: 0 };
      const last = ['z', { ...none, ready: 1 }];
      expectEqual(await list(), [[CHANNEL, { ...none, ready: 2 }], last], 'channels');
      const [first] = (await channels(backend, { limit: 1 })).channels;
      expectEqual(first?.channel, CHANNEL, 'a page of one');
      expectEqual(countsOf(await stats(backend)), { ...none, ready: 3 }, 'the sum');
      await ackAll(backend, await takeMany(backend, 2));
      expectEqual(await list(), [last], 'while only groups hold events of the channel');
    },
  },
  {
    name: 'watchStats: watches one group, as watchDeadLetters does',
    requires: ['watchStats', 'deadLetters', 'groups', 'reject'],
    async run(context) {
      const backend = openBackend(context);
      await openGroups(backend);
      const counts = watchStats(backend, CHANNEL, { group: SEARCH });
      const letters = watchDeadLetters(backend, CHANNEL, { group: SEARCH });
      const seen = () => {
        const { stats: known } = counts.getSnapshot();
        return [known?.ready, known?.dead, letters.getSnapshot().letters?.length];
      };
      const stops = [counts, letters].map((store) => store.subscribe(() => undefined));
      const see = async (expected: readonly number[], when: string) => {
        await passUntil(context, backend, () => String(seen()) === String(expected));
        expectEqual(seen(), expected, when);
      };
      await see([1, 1, 1], 'at first');
      const { eventId, lease } = await takeOf(backend, SEARCH);
      await backend.reject(eventId, lease);
      await see([0, 2, 2], 'after a change of the group');
      for (const stop of stops) stop();
    },
  },
  {
    name: 'browse: refuses a bad name, and a group that does not exist, as stats does',
    requires: ['browse', 'stats', 'groups'],
    async run(context) {
      const backend = openBackend(context);
      await createGroups(backend, SEARCH);
      const bad = { name: 'TypeError', says: ['group'] } as const;
      await expectRejects(
        async () => browse(backend, CHANNEL, { state: 'ready', group: '' }),
        bad,
        'browse',
      );
      await expectRejects(async () => stats(backend, CHANNEL, { group: 'a b' }), bad, 'stats');
      const gone = { name: 'AcklineError', code: 'no-group' } as const;
      for (const group of ['other', SEARCH]) {
        if (group === SEARCH) expectTrue(await deleteGroup(backend, CHANNEL, group), 'deleted');
        await expectRejects(
          async () => browse(backend, CHANNEL, { state: 'ready', group }),
          gone,
          `browse ${group}`,
        );
        await expectRejects(async () => stats(backend, CHANNEL, { group }), gone, `stats ${group}`);
      }
    },
  },
];
