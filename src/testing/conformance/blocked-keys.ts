import type { PublishOptions } from '../../core/events/message.ts';
import {
  CHANNEL,
  expectNothingDue,
  type FullBackend,
  openBackend,
  takeNext,
  takePayloads,
} from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual } from './expect.ts';

const BLOCKING: PublishOptions = { key: 'a', onDeadLetter: 'block' };

async function publishEachWith(
  backend: FullBackend,
  options: PublishOptions,
  ...payloads: readonly unknown[]
): Promise<void> {
  for (const payload of payloads) await backend.publish(CHANNEL, payload, null, options);
}

async function rejectNext(backend: FullBackend): Promise<void> {
  const { eventId, lease } = await takeNext(backend);
  expectEqual(await backend.reject(eventId, lease), 'ok', 'a reject');
}

export const blockedKeysCases: readonly ConformanceCase[] = [
  {
    name: 'keys: a dead letter lets its key go on, and carries the key',
    requires: ['keys', 'reject', 'deadLetters', 'maxAttempts'],
    async run(context) {
      const backend = openBackend(context);
      await publishEachWith(backend, { key: 'a' }, 1, 2, 3);
      await rejectNext(backend);
      const second = await takeNext(backend, { maxAttempts: 1 });
      expectEqual(second.payload, 2, 'after the reject');
      await backend.nack(second.eventId, second.lease);
      expectEqual(await takePayloads(backend), [3], 'after the last attempt');
      const letters = await backend.deadLetters(CHANNEL, 10);
      expectEqual(
        letters.map(({ payload, key }) => [payload, key]),
        [
          [1, 'a'],
          [2, 'a'],
        ],
        'dead letters',
      );
      expectEqual(await backend.blockedKeys(CHANNEL), [], 'blocked keys');
      expectEqual(await backend.releaseKey(CHANNEL, 'a'), false, 'releaseKey');
    },
  },
  {
    name: 'keys: with onDeadLetter block, a dead letter holds back its key until it is released',
    requires: ['keys', 'reject'],
    async run(context) {
      const backend = openBackend(context);
      await publishEachWith(backend, BLOCKING, 'a1');
      await publishEachWith(backend, { key: 'a' }, 'a2', 'a3');
      await publishEachWith(backend, { key: 'b', onDeadLetter: 'block' }, 'b1', 'b2');
      await rejectNext(backend);
      expectEqual(await backend.blockedKeys(CHANNEL), ['a'], 'blocked keys');
      expectEqual(await takePayloads(backend), ['b1'], 'the other key');
      expectEqual(await backend.releaseKey(CHANNEL, 'a'), true, 'releaseKey');
      expectEqual(await backend.blockedKeys(CHANNEL), [], 'blocked keys');
      expectEqual(await backend.releaseKey(CHANNEL, 'a'), false, 'releaseKey again');
      expectEqual(await takePayloads(backend), ['a2'], 'the released key');
    },
  },
  {
    name: 'keys: a key without waiting events is blocked for later events, too',
    requires: ['keys', 'reject', 'contexts'],
    async run(context) {
      const [backend, other] = [openBackend(context), openBackend(context)];
      await publishEachWith(backend, BLOCKING, 'a1');
      await rejectNext(backend);
      await publishEachWith(other, { key: 'a' }, 'a2');
      await expectNothingDue(backend);
      await expectNothingDue(other);
      expectEqual(await other.blockedKeys(CHANNEL), ['a'], 'blocked keys');
      expectEqual(await other.releaseKey(CHANNEL, 'a'), true, 'releaseKey');
      expectEqual(await takePayloads(backend), ['a2'], 'the released key');
    },
  },
  {
    name: 'keys: a waiting consumer gets the events of a key that is released',
    requires: ['keys', 'reject', 'waiting'],
    async run(context) {
      const backend = openBackend(context);
      await publishEachWith(backend, BLOCKING, 'a1', 'a2');
      await rejectNext(backend);
      const waiting = backend.dequeue(CHANNEL, 60_000);
      await context.runtime.advance(1);
      await backend.releaseKey(CHANNEL, 'a');
      await context.runtime.advance(2_000);
      expectEqual((await waiting)?.payload, 'a2', 'the event');
    },
  },
  {
    name: 'keys: a redriven event keeps its key and comes last in its order',
    requires: ['keys', 'reject', 'redrive'],
    async run(context) {
      const backend = openBackend(context);
      await publishEachWith(backend, BLOCKING, 'a1', 'a2');
      await rejectNext(backend);
      expectEqual(await backend.redrive(CHANNEL), 1, 'redriven');
      await expectNothingDue(backend);
      await backend.releaseKey(CHANNEL, 'a');
      const a2 = await takeNext(backend);
      expectEqual(a2.payload, 'a2', 'the next of the key');
      await expectNothingDue(backend);
      await backend.ack(a2.eventId, a2.lease);
      const a1 = await takeNext(backend);
      expectEqual([a1.payload, a1.key, a1.redriven?.count], ['a1', 'a', 1], 'the redriven event');
      await backend.reject(a1.eventId, a1.lease);
      expectEqual(await backend.blockedKeys(CHANNEL), ['a'], 'blocked again');
    },
  },
];
