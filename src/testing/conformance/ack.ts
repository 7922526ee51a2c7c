import { countsOf, expectNothingDue, openBackend, publishEach, takeNext } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual } from './expect.ts';

export const ackCases: readonly ConformanceCase[] = [
  {
    name: 'ack: answers ok, and the event is never delivered again',
    requires: [],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      const { eventId, lease } = await takeNext(backend);
      expectEqual(await backend.ack(eventId, lease), 'ok', 'answer');
      await expectNothingDue(backend);
      await context.runtime.advance(86_400_000);
      await expectNothingDue(backend);
    },
  },
  {
    name: 'ack: takes a bare id for what this backend delivered',
    requires: [],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      expectEqual(await backend.ack((await takeNext(backend)).eventId), 'ok', 'answer');
      await context.runtime.advance(86_400_000);
      await expectNothingDue(backend);
    },
  },
  {
    name: 'ack: every settlement after it answers gone and revives nothing',
    requires: ['extend', 'reject', 'deadLetters', 'stats'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      const { eventId, lease, channel } = await takeNext(backend);
      await backend.ack(eventId, lease);
      for (const given of [lease, undefined]) {
        expectEqual(await backend.ack(eventId, given), 'gone', 'ack');
        expectEqual(await backend.nack(eventId, given), 'gone', 'nack');
        expectEqual(await backend.extend(eventId, given, 1_000), 'gone', 'extend');
        expectEqual(await backend.reject(eventId, given), 'gone', 'reject');
      }
      await expectNothingDue(backend);
      const none = { ready: 0, leased: 0, scheduled: 0, dead: 0 };
      expectEqual(countsOf(await backend.stats(channel)), none, 'stats');
    },
  },
  {
    name: 'ack: is accepted after expiry until another consumer claims the event',
    requires: ['leaseMs'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      const { eventId, lease } = await takeNext(backend, { leaseMs: 1_000 });
      await context.runtime.advance(5_000);
      expectEqual(await backend.ack(eventId, lease), 'ok', 'answer');
      await expectNothingDue(backend);
    },
  },
  {
    name: 'ack: settles in another context that is given id and lease',
    requires: ['contexts', 'leaseMs'],
    async run(context) {
      const [holder, other] = [openBackend(context), openBackend(context)];
      await publishEach(holder, 'one');
      const { eventId, lease } = await takeNext(holder);
      expectEqual(await other.ack(eventId, lease), 'ok', 'answer');
      expectEqual(await holder.ack(eventId, lease), 'gone', 'answer of the context that held it');
      await context.runtime.advance(86_400_000);
      await expectNothingDue(holder);
    },
  },
  {
    name: 'ack: leaves the events around it as they are',
    requires: [],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 1, 2, 3);
      const [first, second] = [await takeNext(backend), await takeNext(backend)];
      await backend.ack(second.eventId, second.lease);
      expectEqual((await takeNext(backend)).payload, 3, 'the event after it');
      await backend.nack(first.eventId, first.lease);
      expectEqual((await takeNext(backend)).payload, 1, 'the event before it');
    },
  },
];
