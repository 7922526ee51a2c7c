import { codeOf } from '../../core/reports/errors.ts';
import {
  CHANNEL,
  expectNothingDue,
  type FullBackend,
  openBackend,
  takeNext,
  takePayloads,
} from './arrange.ts';
import type {
  ConformanceCase,
  ConformanceContext,
  PartitionsUnderTest,
} from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

/** A name with characters that have a meaning in the names of channels, groups, files and databases. */
const ODD_NAME = 'ada@example.org:/ .%';

interface Opened extends PartitionsUnderTest {
  open(partition: string): FullBackend;
}

function partitionsOf({ partitions }: ConformanceContext): Opened {
  if (!partitions) throw new Error('the runner gives no partitions');
  return partitions as Opened;
}

const closed = { name: 'AcklineError', code: 'closed' } as const;

export const partitionsCases: readonly ConformanceCase[] = [
  {
    name: 'partitions: events of one are in no other, and not in the storage without a partition',
    requires: ['partitions', 'contexts', 'stats'],
    async run(context) {
      const { open, names } = partitionsOf(context);
      const [plain, ada, other, bob] = [
        openBackend(context),
        open(ODD_NAME),
        open(ODD_NAME),
        open('bob'),
      ];
      await ada.publish(CHANNEL, 'of ada');
      await bob.publish(CHANNEL, 'of bob');
      await expectNothingDue(plain);
      expectEqual((await plain.stats(CHANNEL)).ready, 0, 'events without a partition');
      expectEqual(await takePayloads(other), ['of ada'], 'events of one partition');
      expectEqual(await takePayloads(bob), ['of bob'], 'events of the other');
      expectEqual(await names(), [ODD_NAME, 'bob'], 'names');
    },
  },
  {
    name: 'partitions: ids, keys and dead letters of one are its own',
    requires: ['partitions', 'id', 'keys', 'reject', 'deadLetters'],
    async run(context) {
      const { open } = partitionsOf(context);
      const [ada, bob] = [open('ada'), open('bob')];
      const options = { id: 'one', key: 'k' };
      for (const backend of [ada, bob]) await backend.publish(CHANNEL, 1, null, options);
      const held = await takeNext(ada);
      expectEqual((await takeNext(bob)).eventId, 'one', 'the event of the same key and id');
      expectEqual(await ada.reject(held.eventId, held.lease), 'ok', 'a reject');
      expectEqual((await ada.deadLetters(CHANNEL, 10)).length, 1, 'dead letters');
      expectEqual(await bob.deadLetters(CHANNEL, 10), [], 'dead letters of the other');
    },
  },
  {
    name: 'partitions: a wait is not ended by events of another, and is ended by those of another context',
    requires: ['partitions', 'contexts', 'waiting'],
    async run(context) {
      const { open } = partitionsOf(context);
      const [ada, other, bob] = [open('ada'), open('ada'), open('bob')];
      let isOver = false;
      const waiting = ada.dequeue(CHANNEL, 3_600_000).finally(() => {
        isOver = true;
      });
      await bob.publish(CHANNEL, 'of bob');
      await takeNext(bob);
      expectEqual(isOver, false, 'whether the wait is over');
      await other.publish(CHANNEL, 'of ada');
      expectEqual((await waiting)?.payload, 'of ada', 'payload');
    },
  },
  {
    name: 'purgePartition: removes it alone, and ends its backends in every context',
    requires: ['partitions', 'contexts', 'reject', 'stats'],
    async run(context) {
      const { open, purge, names } = partitionsOf(context);
      const [ada, other, bob] = [open('ada'), open('ada'), open('bob')];
      for (const payload of [1, 2, 3]) await ada.publish(CHANNEL, payload);
      await bob.publish(CHANNEL, 'stays');
      const held = await takeNext(other);
      const dead = await takeNext(ada);
      await ada.reject(dead.eventId, dead.lease);
      await purge('ada');
      expectEqual(await names(), ['bob'], 'names');
      for (const backend of [ada, other]) {
        await expectRejects(() => backend.publish(CHANNEL, 4), closed, 'a publish');
        await expectRejects(() => backend.dequeue(CHANNEL, 0), closed, 'a dequeue');
        await expectRejects(() => backend.stats(CHANNEL), closed, 'stats');
        await expectRejects(() => backend.ack(held.eventId, held.lease), closed, 'an ack');
      }
      expectEqual(await names(), ['bob'], 'names after these calls');
      expectEqual(await takePayloads(bob), ['stays'], 'the other partition');
      const counts = await open('ada').stats(CHANNEL);
      expectEqual([counts.ready, counts.leased, counts.dead], [0, 0, 0], 'a later partition');
    },
  },
  {
    name: 'purgePartition: ends a backend that was made before and has made no call',
    requires: ['partitions', 'contexts'],
    async run(context) {
      const { open, purge, names } = partitionsOf(context);
      const [ada, unused] = [open('ada'), open('ada')];
      await ada.publish(CHANNEL, 1);
      await purge('ada');
      await expectRejects(() => unused.publish(CHANNEL, 2), closed, 'a publish');
      await expectRejects(() => unused.dequeue(CHANNEL, 0), closed, 'a dequeue');
      expectEqual(await names(), [], 'names');
    },
  },
  {
    name: 'purgePartition: of a context that publishes meanwhile nothing is left',
    requires: ['partitions', 'contexts', 'stats'],
    async run(context) {
      const { open, purge, names } = partitionsOf(context);
      const [ada, other] = [open('ada'), open('ada')];
      await ada.publish(CHANNEL, 0);
      let failure: unknown;
      const publishing = (async () => {
        for (let payload = 1; failure === undefined; payload += 1)
          await other.publish(CHANNEL, payload).catch((error: unknown) => {
            failure = error;
          });
      })();
      await other.publish(CHANNEL, 'before');
      await purge('ada');
      await publishing;
      expectEqual(codeOf(failure), 'closed', 'how the publisher ends');
      expectEqual(await names(), [], 'names');
      expectEqual((await open('ada').stats(CHANNEL)).ready, 0, 'events that are left');
    },
  },
  {
    name: 'purgePartition: ends a wait, and a partition that there is not is purged, too',
    requires: ['partitions', 'contexts', 'waiting'],
    async run(context) {
      const { open, purge } = partitionsOf(context);
      await purge('nobody');
      const [ada, other] = [open('ada'), open('ada')];
      await ada.publish('another', 1);
      const waiting = other.dequeue(CHANNEL, 3_600_000).catch(codeOf);
      await expectNothingDue(ada);
      await purge('ada');
      expectEqual([null, 'closed'].includes((await waiting) as null), true, 'the wait');
      await purge('ada');
    },
  },
];
