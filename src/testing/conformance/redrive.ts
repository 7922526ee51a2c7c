import type { DeadReason } from '../../core/events/death-reason.ts';
import type { RedriveOptions } from '../../core/options/dead-letter-options.ts';
import {
  CHANNEL,
  countsOf,
  deadPayloads,
  expectNothingDue,
  openBackend,
  publishEach,
  rejectEach,
  takeNext,
  takePayloads,
} from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects, expectTrue } from './expect.ts';

export const redriveCases: readonly ConformanceCase[] = [
  {
    name: 'redrive: puts every dead letter back, at the end of the channel, with no attempts counted',
    requires: ['redrive', 'reject', 'stats', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      const eventIds = await rejectEach(backend, 1, 2);
      await publishEach(backend, 3);
      await context.runtime.advance(5_000);
      expectEqual(await backend.redrive(CHANNEL), 2, 'events that were put back');
      expectEqual(await deadPayloads(backend), [], 'dead letters');
      const counts = { ready: 3, leased: 0, scheduled: 0, dead: 0 };
      expectEqual(countsOf(await backend.stats(CHANNEL)), counts, 'counts');
      expectEqual((await takeNext(backend)).payload, 3, 'the first event');
      const message = await takeNext(backend);
      expectEqual([message.eventId, message.payload], [eventIds[0], 1], 'the second event');
      expectEqual(message.attempts, 1, 'attempts');
      expectEqual(message.availableAt, context.runtime.now(), 'when it came due');
      expectEqual(await takePayloads(backend), [2], 'the others');
      expectEqual(await backend.redrive(CHANNEL), 0, 'a second call');
    },
  },
  {
    name: 'redrive: the message and the next dead letter say how the event died before',
    requires: ['redrive', 'reject', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'one', { trace: 'a' });
      const first = await takeNext(backend);
      await backend.nack(first.eventId, first.lease);
      const { eventId, lease, createdAt } = await takeNext(backend);
      const error = { name: 'TypeError', message: 'broken' };
      await backend.reject(eventId, lease, { reason: 'no', error });
      const diedAt = context.runtime.now();
      await context.runtime.advance(1_000);
      await backend.redrive(CHANNEL);
      const redrivenAt = context.runtime.now();
      const redriven = { count: 1, redrivenAt, attempts: 2, reason: 'rejected', note: 'no' };
      const again = await takeNext(backend);
      expectEqual(again.redriven, { ...redriven, lastError: error, diedAt }, 'provenance');
      expectEqual([again.metadata, again.createdAt], [{ trace: 'a' }, createdAt], 'the event');
      await backend.reject(again.eventId, again.lease);
      const [letter] = await backend.deadLetters(CHANNEL, 1);
      expectEqual(letter?.redriven, again.redriven, 'provenance of the dead letter');
      expectEqual([letter?.attempts, letter?.note], [1, null], 'the second death');
      await backend.redrive(CHANNEL);
      expectEqual((await takeNext(backend)).redriven?.count, 2, 'how often it was redriven');
    },
  },
  {
    name: 'redrive: a plain event has no provenance',
    requires: ['redrive'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      expectTrue(!('redriven' in (await takeNext(backend))), 'the message has no redriven');
    },
  },
  {
    name: 'redrive: takes what its options select, and leaves the rest',
    requires: ['redrive', 'reject', 'deadLetters', 'maxAttempts'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'exhausted');
      const { eventId, lease } = await takeNext(backend, { maxAttempts: 1 });
      await backend.nack(eventId, lease);
      await context.runtime.advance(1_000);
      const before = context.runtime.now();
      const [first = ''] = await rejectEach(backend, 1, 2, 3, 4);
      const filter: RedriveOptions['filter'] = ({ payload }) => Number(payload) % 2 === 0;
      for (const [options, count, left] of [
        [{ ids: [] }, 0, ['exhausted', 1, 2, 3, 4]],
        [{ ids: [first, 'unknown'] }, 1, ['exhausted', 2, 3, 4]],
        [{ filter, limit: 1 }, 1, ['exhausted', 3, 4]],
        [{ reason: 'attempts-exhausted', filter }, 0, ['exhausted', 3, 4]],
        [{ before }, 1, [3, 4]],
        [{ reason: 'attempts-exhausted' }, 0, [3, 4]],
        [{ reason: 'rejected', limit: 5 }, 2, []],
      ] as const) {
        const says = JSON.stringify(options);
        expectEqual(await backend.redrive(CHANNEL, options), count, `events put back by ${says}`);
        expectEqual(await deadPayloads(backend), left, `left by ${says}`);
      }
    },
  },
  {
    name: 'redrive: leaves other channels alone',
    requires: ['redrive', 'reject', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      await rejectEach(backend, 1);
      expectEqual(await backend.redrive('others'), 0, 'events of the other channel');
      await expectNothingDue(backend);
      expectEqual(await deadPayloads(backend), [1], 'dead letters');
    },
  },
  {
    name: 'redrive: wakes a consumer that waits',
    requires: ['redrive', 'reject', 'waiting'],
    async run(context) {
      const backend = openBackend(context);
      await rejectEach(backend, 'one');
      const waiting = backend.dequeue(CHANNEL, 3_600_000);
      await context.runtime.settle();
      await backend.redrive(CHANNEL);
      expectEqual((await waiting)?.payload, 'one', 'what the consumer got');
    },
  },
  {
    name: 'redrive: two contexts at once put each dead letter back once',
    requires: ['redrive', 'reject', 'deadLetters', 'contexts'],
    async run(context) {
      const [one, other] = [openBackend(context), openBackend(context)];
      await rejectEach(one, ...numbers(20));
      const counts = await Promise.all([one.redrive(CHANNEL), other.redrive(CHANNEL)]);
      expectEqual(counts[0] + counts[1], 20, 'events that were put back');
      expectEqual(sorted(await takePayloads(other)), numbers(20), 'events');
    },
  },
  {
    name: 'redrive: a filter that throws, answers no boolean or changes the letter changes nothing',
    requires: ['redrive', 'reject', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      await rejectEach(backend, { items: [1] });
      const failing = () => {
        throw new TypeError('not this one');
      };
      const refusal = { name: 'TypeError', says: ['not this one'] } as const;
      await expectRejects(() => backend.redrive(CHANNEL, { filter: failing }), refusal, 'throws');
      const later = (async () => true) as unknown as () => boolean;
      const says = ['filter', 'true or false'];
      await expectRejects(
        () => backend.redrive(CHANNEL, { filter: later }),
        { name: 'TypeError', says },
        'a promise',
      );
      expectEqual((await backend.deadLetters(CHANNEL, 10)).length, 1, 'dead letters');
      const filter: RedriveOptions['filter'] = ({ payload }) => {
        (payload as { items: number[] }).items.push(2);
        return true;
      };
      await backend.redrive(CHANNEL, { filter });
      expectEqual((await takeNext(backend)).payload, { items: [1] }, 'payload');
    },
  },
  {
    name: 'redrive: refuses options that there are not and bad values, as purge does',
    requires: ['redrive', 'purge', 'reject', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      await rejectEach(backend, 1);
      for (const [options, ...says] of [
        [{ id: 'a' }, 'no option "id"'],
        [{ ids: 'a' }, 'ids', 'an array of event ids'],
        [{ ids: [1] }, 'ids', 'an array of event ids'],
        [{ reason: 1 as unknown as DeadReason }, 'reason', 'a string'],
        [{ before: '2026' }, 'before', 'a time'],
        [{ filter: 'all' }, 'filter', 'a function'],
        [{ onProgress: 1 }, 'onProgress', 'a function'],
        [{ limit: 0 }, 'limit', 'a whole number from 1'],
        [{ signal: {} }, 'signal', 'an AbortSignal'],
        [5, 'options', 'an object'],
      ] as const)
        for (const verb of ['redrive', 'purge'] as const)
          await expectRejects(
            () => backend[verb](CHANNEL, options as object),
            { name: 'TypeError', says },
            `${verb} with ${JSON.stringify(options)}`,
          );
      expectEqual(await deadPayloads(backend), [1], 'dead letters');
    },
  },
  {
    name: 'redrive: an event keeps its priority, after the waiting ones that have the same',
    requires: ['redrive', 'reject', 'deadLetters', 'priority', 'ttlMs'],
    async run(context) {
      const backend = openBackend(context);
      const high = { priority: 5 };
      for (const payload of ['first', 'second'])
        await backend.publish(CHANNEL, payload, null, { ...high, ttlMs: 1_000 });
      for (let count = 0; count < 2; count += 1) {
        const { eventId, lease } = await takeNext(backend);
        await backend.reject(eventId, lease);
      }
      await backend.publish(CHANNEL, 'plain');
      await backend.publish(CHANNEL, 'waits', null, high);
      const [letter] = await backend.deadLetters(CHANNEL, 1);
      expectEqual(letter?.priority, 5, 'priority of the letter');
      expectEqual(await backend.redrive(CHANNEL), 2, 'redriven');
      await context.runtime.advance(2_000);
      const seen: unknown[] = [];
      for (let count = 0; count < 4; count += 1) {
        const { payload, priority, redriven } = await takeNext(backend);
        seen.push([payload, priority, redriven?.count]);
      }
      const expected = [
        ['waits', 5, undefined],
        ['first', 5, 1],
        ['second', 5, 1],
        ['plain', undefined, undefined],
      ];
      expectEqual(seen, expected, 'events');
    },
  },
];

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function sorted(payloads: readonly unknown[]): number[] {
  return payloads.map(Number).sort((a, b) => a - b);
}
