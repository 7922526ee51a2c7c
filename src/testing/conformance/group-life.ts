import { createGroup, deleteGroup, groups } from '../../groups/group-calls.ts';
import {
  CHANNEL,
  countsOf,
  expectNothingDue,
  type LeasedMessage,
  openBackend,
  publishEach,
  takePayloads,
} from './arrange.ts';
import { createGroups, MAIL, queueOf, SEARCH, takeOf } from './arrange-groups.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

async function expectNoGroup(call: () => Promise<unknown>, what: string): Promise<void> {
  const says = ["createGroup(backend, 'orders', 'search')"];
  await expectRejects(call, { name: 'AcklineError', code: 'no-group', says }, what);
}

/** How groups begin and end. */
export const groupLifeCases: readonly ConformanceCase[] = [
  {
    name: 'groups: a group that does not exist is refused with no-group, which says how to create it',
    requires: ['groups', 'stats', 'deadLetters', 'dequeueMany'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 1);
      await expectNoGroup(() => backend.dequeue(queueOf(SEARCH), 0), 'dequeue');
      await expectNoGroup(() => backend.dequeueMany(queueOf(SEARCH), 2, 0), 'dequeueMany');
      await expectNoGroup(() => backend.stats(queueOf(SEARCH)), 'stats');
      await expectNoGroup(() => backend.deadLetters(queueOf(SEARCH), 1), 'deadLetters');
      expectEqual(await deleteGroup(backend, CHANNEL, SEARCH), false, 'a deletion');
    },
  },
  {
    name: 'groups: create answers false for a group that exists, and list names them in their order',
    requires: ['groups', 'contexts'],
    async run(context) {
      const [one, other] = [openBackend(context), openBackend(context)];
      expectEqual(await groups(one, CHANNEL), [], 'before');
      await createGroups(one, SEARCH, MAIL);
      await publishEach(one, 1);
      expectEqual(await createGroup(other, CHANNEL, SEARCH), false, 'a second creation');
      expectEqual(await groups(other, CHANNEL), [SEARCH, MAIL], 'the groups');
      expectEqual(await groups(other, 'others'), [], 'the groups of another channel');
      expectEqual(await takePayloads(other, queueOf(SEARCH)), [1], 'the events');
      const answers = await Promise.all(
        [one, other].map((backend) => createGroup(backend, 'x', 'y')),
      );
      expectEqual(answers.sort(), [false, true], 'two creations at once');
    },
  },
  {
    name: 'groups: a deleted group is gone with its events and leases, and no other is touched',
    requires: ['groups', 'reject'],
    async run(context) {
      const backend = openBackend(context);
      await createGroups(backend, SEARCH, MAIL);
      await publishEach(backend, 1, 2, 3);
      const dead = await takeOf(backend, SEARCH);
      await backend.reject(dead.eventId, dead.lease, undefined, queueOf(SEARCH));
      const held = await takeOf(backend, SEARCH);
      const mail = await takeOf(backend, MAIL);
      expectEqual(await deleteGroup(backend, CHANNEL, SEARCH), true, 'the deletion');
      const ack = ({ eventId, lease }: LeasedMessage, group: string) =>
        backend.ack(eventId, lease, undefined, queueOf(group));
      expectEqual(await ack(held, SEARCH), 'gone', 'a lease of the deleted group');
      await expectNoGroup(() => backend.dequeue(queueOf(SEARCH), 0), 'dequeue');
      expectEqual(await groups(backend, CHANNEL), [MAIL], 'the groups');
      expectEqual(await ack(mail, MAIL), 'ok', `a lease of ${MAIL}`);
      expectEqual(await takePayloads(backend, queueOf(MAIL)), [2, 3], MAIL);
      expectEqual(await takePayloads(backend), [1, 2, 3], 'the plain queue');
    },
  },
  {
    name: 'groups: a group that is created again starts empty, and old leases are gone',
    requires: ['groups', 'stats', 'reject', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      await createGroups(backend, SEARCH);
      await publishEach(backend, 1, 2, 3);
      const dead = await takeOf(backend, SEARCH);
      await backend.reject(dead.eventId, dead.lease, undefined, queueOf(SEARCH));
      const held = await takeOf(backend, SEARCH);
      await deleteGroup(backend, CHANNEL, SEARCH);
      await createGroups(backend, SEARCH);
      const counts = { ready: 0, leased: 0, scheduled: 0, dead: 0 };
      expectEqual(countsOf(await backend.stats(queueOf(SEARCH))), counts, 'stats');
      expectEqual(await backend.deadLetters(queueOf(SEARCH), 10), [], 'dead letters');
      await publishEach(backend, 4);
      const next = await takeOf(backend, SEARCH);
      expectEqual([next.payload, next.attempts], [4, 1], 'the next event');
      const late = await backend.ack(held.eventId, held.lease, undefined, queueOf(SEARCH));
      expectEqual(late, 'gone', 'a late ack');
    },
  },
  {
    name: 'groups: without its plain queue a channel stores events for its groups alone',
    requires: ['groups', 'id', 'stats'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'early');
      await createGroup(backend, CHANNEL, SEARCH, { plainQueue: false });
      await createGroup(backend, CHANNEL, MAIL);
      for (const payload of [1, 2]) await backend.publish(CHANNEL, payload, null, { id: 'once' });
      expectEqual((await backend.stats(CHANNEL)).ready, 1, 'ready events of the plain queue');
      const message = await backend.dequeue(CHANNEL, 0);
      expectEqual(message?.payload, 'early', 'what the plain queue had');
      await expectNothingDue(backend);
      await backend.ack(String(message?.eventId), message?.lease, undefined, CHANNEL);
      const plain = () => backend.dequeue(CHANNEL, 0);
      await expectRejects(
        plain,
        { name: 'AcklineError', code: 'no-group', says: [CHANNEL] },
        'end',
      );
      for (const group of [SEARCH, MAIL])
        expectEqual(await takePayloads(backend, queueOf(group)), [1], group);
      await deleteGroup(backend, CHANNEL, SEARCH);
      await expectRejects(
        plain,
        { name: 'AcklineError', code: 'no-group', says: [CHANNEL] },
        'one',
      );
      await deleteGroup(backend, CHANNEL, MAIL);
      await publishEach(backend, 3);
      expectEqual(await takePayloads(backend), [3], 'the plain queue without groups');
    },
  },
  {
    name: 'groups: a publish wakes a waiting consumer of a group, and a deletion ends its wait',
    requires: ['groups', 'waiting'],
    async run(context) {
      const backend = openBackend(context);
      await createGroups(backend, SEARCH);
      const waiting = backend.dequeue(queueOf(SEARCH), 60_000);
      await context.runtime.advance(1);
      await publishEach(backend, 1);
      expectEqual((await waiting)?.payload, 1, 'what the waiting consumer received');
      const ending = expectNoGroup(() => backend.dequeue(queueOf(SEARCH), 60_000), 'the wait');
      await context.runtime.advance(1);
      await deleteGroup(backend, CHANNEL, SEARCH);
      await ending;
    },
  },
  {
    name: 'groups: a group of a context begins with its first consumer and gets copies of its own',
    requires: ['localGroups'],
    async run(context) {
      const backend = openBackend(context);
      for (const group of [SEARCH, MAIL]) await expectNothingDue(backend, queueOf(group));
      expectEqual(await groups(backend, CHANNEL), [SEARCH, MAIL], 'the groups');
      await publishEach(backend, 1, 2);
      const { eventId, lease, attempts, group } = await takeOf(backend, SEARCH);
      expectEqual([attempts, group], [1, SEARCH], 'the first delivery');
      await backend.reject(eventId, lease, undefined, queueOf(SEARCH));
      expectEqual((await backend.stats(queueOf(SEARCH))).dead, 1, `dead letters of ${SEARCH}`);
      expectEqual(await takePayloads(backend, queueOf(MAIL)), [1, 2], MAIL);
      expectEqual((await backend.stats(queueOf(MAIL))).dead, 0, `dead letters of ${MAIL}`);
    },
  },
  {
    name: 'groups: names that no group can have are refused',
    requires: ['groups'],
    async run(context) {
      const backend = openBackend(context);
      for (const group of ['', 'a b', 'a@b', '1a', 5, null])
        await expectRejects(
          () => createGroup(backend, CHANNEL, group as string),
          { name: 'TypeError', says: ['group', '[A-Za-z_]', ', got '] },
          String(group),
        );
      for (const queue of ['orders@', '@search', 'orders@a@b', 'orders@a b'])
        await expectRejects(
          () => backend.dequeue(queue, 0),
          { name: 'TypeError', says: ['[A-Za-z_]', ', got '] },
          queue,
        );
      await expectRejects(
        () => backend.publish(queueOf(SEARCH), 1),
        { name: 'TypeError', says: ['channel'] },
        'a publish to a group',
      );
    },
  },
];
