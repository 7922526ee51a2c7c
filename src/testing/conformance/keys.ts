import type { PublishOptions } from '../../core/events/message.ts';
import {
  ackAll,
  CHANNEL,
  countsOf,
  expectNothingDue,
  LEASE_MS,
  type LeasedMessage,
  openBackend,
  payloadsOf,
  publishEach,
  publishKeyed,
  takeMany,
  takeNext,
  takePayloads,
} from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

const NAME = 'a string of 1 to 200 characters';

export const keysCases: readonly ConformanceCase[] = [
  {
    name: 'keys: events of one key are delivered one at a time, in commit order, and the others go on',
    requires: ['keys'],
    async run(context) {
      const backend = openBackend(context);
      await publishKeyed(backend, 'a1', 'a2', 'b1', 'a3', 'b2');
      await publishEach(backend, 'plain');
      const first = await takeMany(backend, 3);
      expectEqual(payloadsOf(first), ['a1', 'b1', 'plain'], 'the first of each key');
      expectEqual(
        first.map(({ key }) => key),
        ['a', 'b', undefined],
        'keys',
      );
      await expectNothingDue(backend);
      await ackAll(backend, first.slice(0, 1));
      const second = await takeMany(backend, 1);
      expectEqual(payloadsOf(second), ['a2'], 'after the first');
      await expectNothingDue(backend);
      await ackAll(backend, [...first.slice(1), ...second]);
      const third = await takeMany(backend, 2);
      expectEqual(payloadsOf(third).sort(), ['a3', 'b2'], 'the last');
      await ackAll(backend, third);
      await expectNothingDue(backend);
    },
  },
  {
    name: 'keys: one claim of many takes one event of each key',
    requires: ['keys', 'publishMany', 'dequeueMany'],
    async run(context) {
      const backend = openBackend(context);
      const payloads = ['a1', 'a2', 'b1', 'b2', 'a3', 'c1'];
      await backend.publishMany(
        payloads.map((payload) => {
          return { channel: CHANNEL, payload, options: { key: payload.charAt(0) } };
        }),
      );
      const rounds: unknown[][] = [];
      for (;;) {
        const messages = await backend.dequeueMany(CHANNEL, 10, 0);
        if (messages.length === 0) break;
        rounds.push(payloadsOf(messages as LeasedMessage[]));
        await ackAll(backend, messages as LeasedMessage[]);
      }
      expectEqual(rounds, [['a1', 'b1', 'c1'], ['a2', 'b2'], ['a3']], 'claims');
    },
  },
  {
    name: 'keys: a nack, with and without a delay, holds back its own key only',
    requires: ['keys', 'delayMs'],
    async run(context) {
      const backend = openBackend(context);
      await publishKeyed(backend, 'a1', 'a2', 'b1', 'b2');
      const [a1, b1] = (await takeMany(backend, 2)) as [LeasedMessage, LeasedMessage];
      await backend.nack(a1.eventId, a1.lease, { delayMs: 5_000 });
      await backend.ack(b1.eventId, b1.lease);
      const b2 = await takeNext(backend);
      expectEqual(b2.payload, 'b2', 'the other key');
      await expectNothingDue(backend);
      await context.runtime.advance(5_000);
      const again = await takeNext(backend);
      expectEqual([again.payload, again.attempts], ['a1', 2], 'after the delay');
      await backend.nack(again.eventId, again.lease);
      const third = await takeNext(backend);
      expectEqual([third.payload, third.attempts], ['a1', 3], 'after a nack without a delay');
      await expectNothingDue(backend);
      await ackAll(backend, [third, b2]);
      expectEqual(await takePayloads(backend), ['a2'], 'the next of the key');
    },
  },
  {
    name: 'keys: an expired lease holds back its own key until the event is acknowledged',
    requires: ['keys', 'leaseMs', 'expiry'],
    async run(context) {
      const backend = openBackend(context);
      await publishKeyed(backend, 'a1', 'a2');
      await takeNext(backend, { leaseMs: LEASE_MS });
      await context.runtime.advance(LEASE_MS + 1);
      const again = await takeNext(backend);
      expectEqual([again.payload, again.attempts], ['a1', 2], 'after the lease');
      await expectNothingDue(backend);
      await ackAll(backend, [again]);
      expectEqual(await takePayloads(backend), ['a2'], 'the next of the key');
    },
  },
  {
    name: 'keys: a key of one channel holds back no other channel',
    requires: ['keys'],
    async run(context) {
      const backend = openBackend(context);
      await publishKeyed(backend, 'a1');
      await backend.publish('others', 'a2', null, { key: 'a' });
      await takeNext(backend);
      expectEqual((await backend.dequeue('others', 0))?.payload, 'a2', 'the other channel');
    },
  },
  {
    name: 'keys: events that their key holds back count as ready',
    requires: ['keys', 'stats'],
    async run(context) {
      const backend = openBackend(context);
      await publishKeyed(backend, 'a1', 'a2', 'a3', 'b1');
      await takeMany(backend, 2);
      await expectNothingDue(backend);
      const counts = { ready: 2, leased: 2, scheduled: 0, dead: 0 };
      expectEqual(countsOf(await backend.stats(CHANNEL)), counts, 'counts');
    },
  },
  {
    name: 'keys: many events of a key with many consumers are delivered in order',
    requires: ['keys', 'dequeueMany'],
    async run(context) {
      const backend = openBackend(context);
      const keys = ['a', 'b', 'c'];
      for (let number = 0; number < 30; number += 1)
        await backend.publish(CHANNEL, number, null, { key: keys[number % 3] as string });
      const seen: Record<string, unknown[]> = { a: [], b: [], c: [] };
      for (let round = 0; round < 40; round += 1) {
        const messages = (await backend.dequeueMany(CHANNEL, 2, 0)) as LeasedMessage[];
        for (const { eventId, lease, key = '', payload, attempts } of messages) {
          const isRetried = attempts === 1 && Number(payload) % 7 === 0;
          if (!isRetried) seen[key]?.push(payload);
          await (isRetried ? backend.nack(eventId, lease) : backend.ack(eventId, lease));
        }
      }
      for (const [index, key] of keys.entries())
        expectEqual(
          seen[key],
          [0, 3, 6, 9, 12, 15, 18, 21, 24, 27].map((n) => n + index),
          key,
        );
    },
  },
  {
    name: 'keys: publish refuses a bad key, and options that need one',
    requires: ['keys'],
    async run(context) {
      const backend = openBackend(context);
      const bad: readonly (readonly [options: unknown, says: readonly string[]])[] = [
        [{ key: '' }, ['key', NAME, '""']],
        [{ key: 5 }, ['key', NAME, '5']],
        [{ key: null }, ['key', NAME, 'null']],
        [{ key: 'x'.repeat(201) }, ['key', NAME]],
        [{ key: 'a', onDeadLetter: 'stop' }, ['onDeadLetter', "'continue' or 'block'", '"stop"']],
        [{ onDeadLetter: 'block' }, ['onDeadLetter', 'no key or after is given', '"block"']],
      ];
      for (const [options, says] of bad)
        await expectRejects(
          () => backend.publish(CHANNEL, 1, null, options as PublishOptions),
          { name: 'TypeError', says },
          says.join(' '),
        );
      await expectRejects(
        () => backend.releaseKey(CHANNEL, ''),
        { name: 'TypeError', says: ['key', NAME, '""'] },
        'releaseKey',
      );
      await expectNothingDue(backend);
    },
  },
];
