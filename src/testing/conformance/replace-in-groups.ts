import { createGroup, deleteGroup } from '../../groups/group-calls.ts';
import {
  CHANNEL,
  countsOf,
  expectNothingDue,
  type FullBackend,
  openBackend,
  takePayloads,
} from './arrange.ts';
import { createGroups, MAIL, queueOf, SEARCH, takeOf } from './arrange-groups.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual } from './expect.ts';

const DRAFT = { key: 'a', replaces: 'waiting' } as const;

/** Acknowledges each event of a queue before it takes the next one. Resolves with the payloads. */
async function ackEachOf(backend: FullBackend, queue: string): Promise<unknown[]> {
  const payloads: unknown[] = [];
  for (let message = await backend.dequeue(queue, 0); message; ) {
    payloads.push(message.payload);
    await backend.ack(message.eventId, message.lease, undefined, queue);
    message = await backend.dequeue(queue, 0);
  }
  return payloads;
}

export const replaceInGroupsCases: readonly ConformanceCase[] = [
  {
    name: 'replace: with groups, each queue replaces what waits there, and leaves what was delivered there',
    requires: ['replace', 'groups', 'stats'],
    async run(context) {
      const backend = openBackend(context);
      await createGroups(backend, SEARCH, MAIL);
      await backend.publish(CHANNEL, 'b1', null, { key: 'b' });
      for (const payload of ['a1', 'a2'])
        await backend.publish(CHANNEL, payload, null, { key: 'a' });
      const [b1, a1] = [await takeOf(backend, MAIL), await takeOf(backend, MAIL)];
      for (const payload of ['a3', 'a4']) await backend.publish(CHANNEL, payload, null, DRAFT);
      const ready = async (queue: string) => countsOf(await backend.stats(queue)).ready;
      const counts = [await ready(queueOf(SEARCH)), await ready(queueOf(MAIL))];
      expectEqual([...counts, await ready(CHANNEL)], [2, 1, 2], 'events that wait');
      await backend.ack(b1.eventId, b1.lease, undefined, queueOf(MAIL));
      await backend.nack(a1.eventId, a1.lease, undefined, queueOf(MAIL));
      expectEqual(await ackEachOf(backend, queueOf(MAIL)), ['a1', 'a4'], MAIL);
      for (const queue of [CHANNEL, queueOf(SEARCH)])
        expectEqual((await takePayloads(backend, queue)).sort(), ['a4', 'b1'], queue);
    },
  },
  {
    name: 'replace: a group gets the new event where the channel has no plain queue',
    requires: ['replace', 'groups'],
    async run(context) {
      const backend = openBackend(context);
      for (const group of [SEARCH, MAIL])
        await createGroup(backend, CHANNEL, group, { plainQueue: false });
      await backend.publish(CHANNEL, 'a1', null, DRAFT);
      const a1 = await takeOf(backend, SEARCH);
      for (const payload of ['a2', 'a3']) await backend.publish(CHANNEL, payload, null, DRAFT);
      await backend.ack(a1.eventId, a1.lease, undefined, queueOf(SEARCH));
      for (const group of [SEARCH, MAIL])
        expectEqual(await ackEachOf(backend, queueOf(group)), ['a3'], group);
    },
  },
  {
    name: 'replace: with groups, what another context publishes before is replaced, and comes before what it publishes after',
    requires: ['replace', 'groups', 'contexts'],
    async run(context) {
      const [backend, other] = [openBackend(context), openBackend(context)];
      await createGroups(backend, SEARCH, MAIL);
      await other.publish(CHANNEL, 'a1', null, { key: 'a' });
      await backend.publish(CHANNEL, 'a2', null, DRAFT);
      await other.publish(CHANNEL, 'a3', null, { key: 'a' });
      await other.publish(CHANNEL, 'a4', null, { key: 'a' });
      for (const queue of [queueOf(SEARCH), CHANNEL])
        expectEqual(await ackEachOf(other, queue), ['a2', 'a3', 'a4'], queue);
      await other.publish(CHANNEL, 'a5', null, DRAFT);
      expectEqual(await ackEachOf(backend, queueOf(MAIL)), ['a5'], MAIL);
    },
  },
  {
    name: 'replace: with groups, within a batch the last event of a key is stored',
    requires: ['replace', 'groups', 'publishMany'],
    async run(context) {
      const backend = openBackend(context);
      await createGroups(backend, SEARCH);
      await backend.publishMany([
        { channel: CHANNEL, payload: 'a1', options: { key: 'a' } },
        { channel: CHANNEL, payload: 'a2', options: DRAFT },
        { channel: CHANNEL, payload: 'b1', options: { key: 'b' } },
        { channel: CHANNEL, payload: 'a3', options: DRAFT },
        { channel: CHANNEL, payload: 'a4', options: { key: 'a' } },
        { channel: 'others', payload: 'plain' },
      ]);
      for (const queue of [queueOf(SEARCH), CHANNEL]) {
        const payloads = (await ackEachOf(backend, queue)) as string[];
        const ofKey = (key: string) => payloads.filter((payload) => payload.startsWith(key));
        expectEqual([ofKey('a'), ofKey('b')], [['a3', 'a4'], ['b1']], queue);
      }
      expectEqual(await takePayloads(backend, 'others'), ['plain'], 'another channel');
    },
  },
  {
    name: 'replace: a scheduled event is replaced in the queue of each group, with its due time',
    requires: ['replace', 'groups', 'delayMs'],
    async run(context) {
      const backend = openBackend(context);
      await createGroups(backend, SEARCH, MAIL);
      for (let count = 0; count < 3; count += 1) {
        await backend.publish(CHANNEL, count, null, { ...DRAFT, delayMs: 1_000 });
        await context.runtime.advance(900);
        await expectNothingDue(backend, queueOf(SEARCH));
      }
      await context.runtime.advance(100);
      for (const queue of [queueOf(SEARCH), queueOf(MAIL), CHANNEL])
        expectEqual(await takePayloads(backend, queue), [2], queue);
    },
  },
  {
    name: 'replace: with groups, an id that is remembered replaces nothing in any queue',
    requires: ['replace', 'groups', 'id'],
    async run(context) {
      const backend = openBackend(context);
      await createGroups(backend, SEARCH);
      await backend.publish(CHANNEL, 'a1', null, { ...DRAFT, id: 'once' });
      await backend.publish(CHANNEL, 'a2', null, DRAFT);
      await backend.publish(CHANNEL, 'a3', null, { ...DRAFT, id: 'once' });
      for (const queue of [queueOf(SEARCH), CHANNEL])
        expectEqual(await takePayloads(backend, queue), ['a2'], queue);
    },
  },
  {
    name: 'replace: the queues that are left go on when a group is deleted',
    requires: ['replace', 'groups'],
    async run(context) {
      const backend = openBackend(context);
      await createGroups(backend, SEARCH, MAIL);
      await backend.publish(CHANNEL, 'a1', null, DRAFT);
      await deleteGroup(backend, CHANNEL, MAIL);
      await backend.publish(CHANNEL, 'a2', null, DRAFT);
      expectEqual(await takePayloads(backend, queueOf(SEARCH)), ['a2'], SEARCH);
      await deleteGroup(backend, CHANNEL, SEARCH);
      await backend.publish(CHANNEL, 'a3', null, DRAFT);
      expectEqual(await takePayloads(backend), ['a3'], 'the plain queue');
    },
  },
];
