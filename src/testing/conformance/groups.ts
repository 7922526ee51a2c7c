import { groupStats } from '../../groups/group-stats.ts';
import {
  CHANNEL,
  countsOf,
  expectNothingDue,
  type FullBackend,
  LEASE_MS,
  type LeasedMessage,
  openBackend,
  publishEach,
  takeNext,
  takePayloads,
} from './arrange.ts';
import { createGroups, MAIL, queueOf, SEARCH, takeOf } from './arrange-groups.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual } from './expect.ts';

export const groupsCases: readonly ConformanceCase[] = [
  {
    name: 'groups: each group and the plain queue get every event published after the creation',
    requires: ['groups'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'early');
      await createGroups(backend, SEARCH, MAIL);
      await publishEach(backend, 1, 2, 3);
      expectEqual(await takePayloads(backend, queueOf(SEARCH)), [1, 2, 3], SEARCH);
      expectEqual(await takePayloads(backend), ['early', 1, 2, 3], 'the plain queue');
      await publishEach(backend, 4);
      expectEqual(await takePayloads(backend, queueOf(MAIL)), [1, 2, 3, 4], MAIL);
      expectEqual(await takePayloads(backend, queueOf(SEARCH)), [4], `${SEARCH} again`);
      await backend.publish('others', 5);
      await expectNothingDue(backend, queueOf(SEARCH));
    },
  },
  {
    name: 'groups: a message names its channel and its group, and one of the plain queue no group',
    requires: ['groups', 'dequeueMany'],
    async run(context) {
      const backend = openBackend(context);
      await createGroups(backend, SEARCH);
      const eventId = await backend.publish(CHANNEL, { total: 1 }, { trace: 'a' });
      const [message] = await backend.dequeueMany(queueOf(SEARCH), 5, 0);
      const { channel, group, payload, metadata } = message ?? {};
      const seen = { eventId: message?.eventId, channel, group, payload, metadata };
      const expected = { eventId, channel: CHANNEL, group: SEARCH, payload: { total: 1 } };
      expectEqual(seen, { ...expected, metadata: { trace: 'a' } }, 'the message');
      expectEqual(Object.isFrozen(message), true, 'frozen');
      expectEqual('group' in (await takeNext(backend)), false, 'a group of the plain queue');
    },
  },
  {
    name: 'groups: consumers of one group share its events, and each group has its own leases',
    requires: ['groups', 'contexts'],
    async run(context) {
      const [one, other] = [openBackend(context), openBackend(context)];
      await createGroups(one, SEARCH, MAIL);
      await publishEach(one, 1, 2);
      const first = await takeOf(one, SEARCH);
      const second = await takeOf(other, SEARCH);
      expectEqual([first.payload, second.payload], [1, 2], 'the events of one group');
      await expectNothingDue(one, queueOf(SEARCH));
      const mail = await takeOf(other, MAIL);
      expectEqual(mail.payload, 1, `the event of ${MAIL}`);
      const settle = (backend: FullBackend, { eventId, lease }: LeasedMessage, group: string) =>
        backend.ack(eventId, lease, undefined, queueOf(group));
      expectEqual(await settle(one, first, SEARCH), 'ok', 'the ack of one group');
      expectEqual(await settle(other, mail, MAIL), 'ok', 'the ack of the other');
      expectEqual(await settle(other, second, SEARCH), 'ok', 'the ack of the second');
      expectEqual(await takePayloads(one, queueOf(MAIL)), [2], `what is left to ${MAIL}`);
      expectEqual(await takePayloads(one), [1, 2], 'the plain queue');
    },
  },
  {
    name: 'groups: an event that one group returns keeps its attempts and its place there alone',
    requires: ['groups'],
    async run(context) {
      const backend = openBackend(context);
      await createGroups(backend, SEARCH, MAIL);
      await publishEach(backend, 1, 2);
      const { eventId, lease } = await takeOf(backend, SEARCH);
      await backend.nack(eventId, lease, undefined, queueOf(SEARCH));
      const again = await takeOf(backend, SEARCH);
      expectEqual([again.payload, again.attempts], [1, 2], 'the returned event');
      const mail = await takeOf(backend, MAIL);
      expectEqual([mail.payload, mail.attempts], [1, 1], `the event of ${MAIL}`);
    },
  },
  {
    name: 'groups: a delayed event reaches each group when it is due',
    requires: ['groups', 'delayMs', 'stats'],
    async run(context) {
      const backend = openBackend(context);
      await createGroups(backend, SEARCH, MAIL);
      await backend.publish(CHANNEL, 'late', null, { delayMs: 1_000 });
      await expectNothingDue(backend, queueOf(SEARCH));
      const counts = { ready: 0, leased: 0, scheduled: 1, dead: 0 };
      expectEqual(countsOf(await backend.stats(queueOf(MAIL))), counts, 'stats');
      await context.runtime.advance(1_000);
      for (const group of [SEARCH, MAIL])
        expectEqual(await takePayloads(backend, queueOf(group)), ['late'], group);
      expectEqual(await takePayloads(backend), ['late'], 'the plain queue');
    },
  },
  {
    name: 'groups: a retry with a delay holds back the event of its group alone',
    requires: ['groups', 'delayMs'],
    async run(context) {
      const backend = openBackend(context);
      await createGroups(backend, SEARCH);
      await publishEach(backend, 1);
      const { eventId, lease } = await takeOf(backend, SEARCH);
      await backend.nack(eventId, lease, { delayMs: 500 }, queueOf(SEARCH));
      expectEqual(await takePayloads(backend), [1], 'the plain queue');
      await expectNothingDue(backend, queueOf(SEARCH));
      await context.runtime.advance(500);
      expectEqual(await takePayloads(backend, queueOf(SEARCH)), [1], SEARCH);
    },
  },
  {
    name: 'groups: an expired lease returns the event to its group',
    requires: ['groups', 'expiry', 'leaseMs'],
    async run(context) {
      const backend = openBackend(context);
      await createGroups(backend, SEARCH);
      await publishEach(backend, 1);
      const { eventId, lease } = await takeOf(backend, SEARCH);
      await context.runtime.advance(LEASE_MS);
      const again = await takeOf(backend, SEARCH);
      expectEqual(again.attempts, 2, 'attempts');
      expectEqual(await backend.ack(eventId, lease, undefined, queueOf(SEARCH)), 'stale', 'late');
    },
  },
  {
    name: 'groups: dead letters belong to a group, which redrives and purges them alone',
    requires: ['groups', 'reject', 'deadLetters', 'redrive', 'purge'],
    async run(context) {
      const backend = openBackend(context);
      await createGroups(backend, SEARCH, MAIL);
      await publishEach(backend, 1, 2);
      for (const group of [SEARCH, SEARCH, MAIL]) {
        const { eventId, lease } = await takeOf(backend, group);
        await backend.reject(eventId, lease, { reason: 'no' }, queueOf(group));
      }
      const letters = await backend.deadLetters(queueOf(SEARCH), 10);
      const seen = letters.map(({ payload, channel, group }) => ({ payload, channel, group }));
      const of = { channel: CHANNEL, group: SEARCH };
      expectEqual(
        seen,
        [
          { payload: 1, ...of },
          { payload: 2, ...of },
        ],
        'dead letters',
      );
      expectEqual(await backend.deadLetters(CHANNEL, 10), [], 'dead letters of the plain queue');
      const filter = ({ payload, group }: { payload: unknown; group?: string }) =>
        payload === 2 && group === SEARCH;
      expectEqual(await backend.redrive(queueOf(SEARCH), { filter }), 1, 'redriven');
      const redriven = await takeOf(backend, SEARCH);
      expectEqual([redriven.payload, redriven.redriven?.count], [2, 1], 'the redriven event');
      expectEqual(await backend.purge(queueOf(SEARCH)), 1, 'purged');
      expectEqual((await backend.deadLetters(queueOf(MAIL), 10)).length, 1, `left to ${MAIL}`);
      expectEqual(await takePayloads(backend), [1, 2], 'the plain queue');
      expectEqual(await takePayloads(backend, queueOf(MAIL)), [2], `the queue of ${MAIL}`);
    },
  },
  {
    name: 'groups: a redrive of the plain queue does not repeat the event in the groups',
    requires: ['groups', 'reject', 'redrive'],
    async run(context) {
      const backend = openBackend(context);
      await createGroups(backend, SEARCH);
      await publishEach(backend, 1);
      expectEqual(await takePayloads(backend, queueOf(SEARCH)), [1], SEARCH);
      const { eventId, lease } = await takeNext(backend);
      await backend.reject(eventId, lease);
      expectEqual(await backend.redrive(CHANNEL), 1, 'redriven');
      expectEqual(await takePayloads(backend), [1], 'the plain queue');
      await expectNothingDue(backend, queueOf(SEARCH));
    },
  },
  {
    name: 'groups: a publish that repeats an id stores nothing in the groups',
    requires: ['groups', 'id'],
    async run(context) {
      const backend = openBackend(context);
      await createGroups(backend, SEARCH);
      for (const payload of [1, 2]) await backend.publish(CHANNEL, payload, null, { id: 'once' });
      expectEqual(await takePayloads(backend, queueOf(SEARCH)), [1], SEARCH);
      await backend.publish(CHANNEL, 3, null, { id: 'once' });
      await expectNothingDue(backend, queueOf(SEARCH));
    },
  },
  {
    name: 'groups: groupStats counts each queue, and names the one that has the most left to handle',
    requires: ['groups', 'stats'],
    async run(context) {
      const backend = openBackend(context);
      const none = await groupStats(backend, CHANNEL);
      expectEqual([none.groups, none.slowest], [[], { group: null, waiting: 0 }], 'no group');
      await createGroups(backend, SEARCH, MAIL);
      await publishEach(backend, 1, 2, 3);
      for (const queue of [CHANNEL, queueOf(MAIL)]) {
        const { eventId, lease } = (await backend.dequeue(queue, 0)) as LeasedMessage;
        await backend.ack(eventId, lease, undefined, queue);
      }
      const { plain, groups, slowest } = await groupStats(backend, CHANNEL);
      expectEqual(slowest, { group: SEARCH, waiting: 3 }, 'the slowest queue');
      expectEqual(countsOf(plain), { ready: 2, leased: 0, scheduled: 0, dead: 0 }, 'plain');
      const seen = groups.map(({ group, stats }) => [group, stats.ready]);
      expectEqual(
        seen,
        [
          [SEARCH, 3],
          [MAIL, 2],
        ],
        'the groups',
      );
    },
  },
];
