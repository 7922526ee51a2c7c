import {
  CHANNEL,
  countsOf,
  expectNothingDue,
  openBackend,
  publishEach,
  rejectEach,
  takeNext,
  takePayloads,
} from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

const HOUR_MS = 3_600_000;

export const cancelCases: readonly ConformanceCase[] = [
  {
    name: 'cancel: an event that waits is never delivered, and the others keep their order',
    requires: ['cancel', 'stats'],
    async run(context) {
      const backend = openBackend(context);
      const eventIds = await publishEach(backend, 0, 1, 2, 3, 4);
      for (const index of [3, 0, 4])
        expectEqual(await backend.cancel(CHANNEL, String(eventIds[index])), 'ok', `event ${index}`);
      const counts = { ready: 2, leased: 0, scheduled: 0, dead: 0 };
      expectEqual(countsOf(await backend.stats(CHANNEL)), counts, 'counts');
      expectEqual(await takePayloads(backend), [1, 2], 'events');
      expectEqual(await backend.cancel(CHANNEL, String(eventIds[0])), 'gone', 'a second call');
    },
  },
  {
    name: 'cancel: an event of a batch is left out, and later events are delivered',
    requires: ['cancel', 'publishMany', 'dequeueMany', 'stats'],
    async run(context) {
      const backend = openBackend(context);
      const drafts = [0, 1, 2, 3, 4, 5].map((payload) => ({ channel: CHANNEL, payload }));
      const eventIds = await backend.publishMany(drafts);
      for (const index of [1, 2, 5]) await backend.cancel(CHANNEL, String(eventIds[index]));
      const messages = await backend.dequeueMany(CHANNEL, 2, 0);
      expectEqual(
        messages.map(({ payload }) => payload),
        [0, 3],
        'the first claim',
      );
      for (const { eventId, lease } of messages) await backend.ack(eventId, lease);
      await publishEach(backend, 6);
      const counts = { ready: 2, leased: 0, scheduled: 0, dead: 0 };
      expectEqual(countsOf(await backend.stats(CHANNEL)), counts, 'counts');
      expectEqual(await takePayloads(backend), [4, 6], 'the other claims');
    },
  },
  {
    name: 'cancel: an event that is scheduled, and one that waits for a retry',
    requires: ['cancel', 'delayMs', 'stats'],
    async run(context) {
      const backend = openBackend(context);
      const later = await backend.publish(CHANNEL, 'later', null, { delayMs: HOUR_MS });
      const [retried = '', returned = ''] = await publishEach(backend, 'retried', 'returned');
      const first = await takeNext(backend);
      const second = await takeNext(backend);
      await backend.nack(first.eventId, first.lease, { delayMs: HOUR_MS });
      await backend.nack(second.eventId, second.lease);
      for (const eventId of [later, retried, returned])
        expectEqual(await backend.cancel(CHANNEL, eventId), 'ok', 'answer');
      const counts = { ready: 0, leased: 0, scheduled: 0, dead: 0 };
      expectEqual(countsOf(await backend.stats(CHANNEL)), counts, 'counts');
      await context.runtime.advance(2 * HOUR_MS);
      await expectNothingDue(backend);
      expectEqual(await backend.ack(first.eventId, first.lease), 'gone', 'a late settlement');
    },
  },
  {
    name: 'cancel: answers stale for a leased event, which its consumer then settles',
    requires: ['cancel', 'delayMs'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      await backend.publish(CHANNEL, 'two', null, { delayMs: 1 });
      await context.runtime.advance(1);
      for (const message of [await takeNext(backend), await takeNext(backend)]) {
        const { eventId, lease } = message;
        expectEqual(await backend.cancel(CHANNEL, eventId), 'stale', 'answer');
        expectEqual(await backend.ack(eventId, lease), 'ok', 'the ack');
        expectEqual(await backend.cancel(CHANNEL, eventId), 'gone', 'after the ack');
      }
    },
  },
  {
    name: 'cancel: answers gone for an unknown event, one of another channel, and a dead letter',
    requires: ['cancel', 'reject', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      const [dead = ''] = await rejectEach(backend, 1);
      const other = await backend.publish('others', 'one');
      for (const eventId of [dead, other, 'unknown'])
        expectEqual(await backend.cancel(CHANNEL, eventId), 'gone', 'answer');
      expectEqual((await backend.deadLetters(CHANNEL, 10)).length, 1, 'dead letters');
      expectEqual((await backend.dequeue('others', 0))?.payload, 'one', 'the other channel');
    },
  },
  {
    name: 'cancel: of a redriven event',
    requires: ['cancel', 'redrive', 'reject'],
    async run(context) {
      const backend = openBackend(context);
      const [eventId = ''] = await rejectEach(backend, 1);
      await backend.redrive(CHANNEL);
      expectEqual(await backend.cancel(CHANNEL, eventId), 'ok', 'answer');
      await expectNothingDue(backend);
      expectEqual(await backend.redrive(CHANNEL), 0, 'dead letters');
    },
  },
  {
    name: 'cancel: takes effect in every context, and one of two cancels gets ok',
    requires: ['cancel', 'contexts'],
    async run(context) {
      const [one, other] = [openBackend(context), openBackend(context)];
      const [first = '', second = '', third = ''] = await publishEach(one, 1, 2, 3);
      expectEqual((await takeNext(other)).payload, 1, 'the first event');
      expectEqual(await one.cancel(CHANNEL, first), 'stale', 'leased by the other');
      const answers = await Promise.all([
        one.cancel(CHANNEL, second),
        other.cancel(CHANNEL, second),
        other.cancel(CHANNEL, third),
      ]);
      expectEqual(answers.slice(0, 2).sort(), ['gone', 'ok'], 'two cancels');
      await expectNothingDue(other);
      await expectNothingDue(one);
    },
  },
  {
    name: 'cancel: refuses an event id that is no string',
    requires: ['cancel'],
    async run(context) {
      const backend = openBackend(context);
      await expectRejects(
        () => backend.cancel(CHANNEL, 5 as unknown as string),
        { name: 'TypeError', says: ['eventId', 'a string', '5'] },
        'a number',
      );
    },
  },
];
