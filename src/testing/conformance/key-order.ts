import {
  ackAll,
  CHANNEL,
  deadPayloads,
  expectNothingDue,
  type LeasedMessage,
  openBackend,
  publishKeyed,
  takeNext,
  takePayloads,
} from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual } from './expect.ts';

export const keyOrderCases: readonly ConformanceCase[] = [
  {
    name: 'keys: a delayed event takes its place in the order of its key',
    requires: ['keys', 'delayMs'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'a1', null, { key: 'a', delayMs: 1_000 });
      await publishKeyed(backend, 'a2', 'b1');
      const b1 = await takeNext(backend);
      expectEqual(b1.payload, 'b1', 'the other key');
      await expectNothingDue(backend);
      await context.runtime.advance(1_000);
      const a1 = await takeNext(backend);
      expectEqual(a1.payload, 'a1', 'the delayed event');
      await expectNothingDue(backend);
      await ackAll(backend, [a1, b1]);
      expectEqual(await takePayloads(backend), ['a2'], 'the next of the key');
    },
  },
  {
    name: 'keys: a delayed event behind another one is delivered when both have come',
    requires: ['keys', 'delayMs'],
    async run(context) {
      const backend = openBackend(context);
      await publishKeyed(backend, 'a1');
      await backend.publish(CHANNEL, 'a2', null, { key: 'a', delayMs: 1_000 });
      await publishKeyed(backend, 'a3');
      const a1 = await takeNext(backend);
      await context.runtime.advance(1_000);
      await expectNothingDue(backend);
      await ackAll(backend, [a1]);
      const a2 = await takeNext(backend);
      expectEqual(a2.payload, 'a2', 'the delayed event');
      await ackAll(backend, [a2]);
      expectEqual(await takePayloads(backend), ['a3'], 'the next of the key');
    },
  },
  {
    name: 'keys: consumers of several contexts get one event of a key at a time',
    requires: ['keys', 'contexts'],
    async run(context) {
      const [one, other] = [openBackend(context), openBackend(context)];
      await publishKeyed(one, 'a1', 'a2', 'a3');
      const a1 = await takeNext(other);
      await expectNothingDue(one);
      await expectNothingDue(other);
      await ackAll(other, [a1]);
      const a2 = await takeNext(one);
      expectEqual(a2.payload, 'a2', 'the second event');
      await expectNothingDue(other);
      await one.nack(a2.eventId, a2.lease);
      const again = await takeNext(other);
      expectEqual([again.payload, again.attempts], ['a2', 2], 'the retry');
      await expectNothingDue(one);
      await ackAll(other, [again]);
      expectEqual(await takePayloads(one), ['a3'], 'the third event');
    },
  },
  {
    name: 'keys: a consumer that waits gets the next event of a key when the one before it is settled',
    requires: ['keys', 'waiting'],
    async run(context) {
      const backend = openBackend(context);
      await publishKeyed(backend, 'a1', 'a2', 'a3');
      const a1 = await takeNext(backend);
      const waiting = backend.dequeue(CHANNEL, 60_000);
      await context.runtime.advance(1);
      await ackAll(backend, [a1]);
      await context.runtime.advance(2_000);
      const a2 = (await waiting) as LeasedMessage;
      expectEqual(a2?.payload, 'a2', 'after the ack');
      const next = backend.dequeue(CHANNEL, 60_000);
      await context.runtime.advance(1);
      await backend.nack(a2.eventId, a2.lease);
      await context.runtime.advance(2_000);
      expectEqual((await next)?.payload, 'a2', 'after the nack');
    },
  },
  {
    name: 'keys: the claim that makes a dead letter of a lapsed lease delivers what its key held back, also if it was delayed',
    requires: ['keys', 'delayMs', 'leaseMs', 'expiry', 'maxAttempts', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      await publishKeyed(backend, 'a1');
      await backend.publish(CHANNEL, 'a2', null, { key: 'a', delayMs: 1 });
      await takeNext(backend, { leaseMs: 1_000, maxAttempts: 1 });
      await context.runtime.advance(1_001);
      expectEqual((await takeNext(backend)).payload, 'a2', 'the next of the key');
      expectEqual(await deadPayloads(backend), ['a1'], 'dead letters');
    },
  },
  {
    name: 'keys: a cancelled event lets its key go on',
    requires: ['keys', 'cancel', 'delayMs'],
    async run(context) {
      const backend = openBackend(context);
      const first = await backend.publish(CHANNEL, 'a1', null, { key: 'a', delayMs: 60_000 });
      const [second = ''] = await publishKeyed(backend, 'a2', 'a3');
      await expectNothingDue(backend);
      expectEqual(await backend.cancel(CHANNEL, second), 'ok', 'one that is held back');
      await expectNothingDue(backend);
      expectEqual(await backend.cancel(CHANNEL, first), 'ok', 'the first');
      expectEqual(await takePayloads(backend), ['a3'], 'events');
    },
  },
];
