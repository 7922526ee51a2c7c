import type { ObserverEvent } from '../../core/reports/observer.ts';
import {
  CHANNEL,
  expectNothingDue,
  LEASE_MS,
  openBackend,
  publishEach,
  TEN_YEARS_MS,
  takeNext,
  takePayloads,
} from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

const TTL_MS = 5_000;
const TTL = { ttlMs: TTL_MS };

export const ttlCases: readonly ConformanceCase[] = [
  {
    name: 'ttl: an event is delivered within its time, and the message says so',
    requires: ['ttlMs'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'brief', null, TTL);
      await publishEach(backend, 'plain');
      await context.runtime.advance(TTL_MS - 1);
      const message = await takeNext(backend);
      expectEqual(message.payload, 'brief', 'payload');
      expectEqual(message.ttlMs, TTL_MS, 'ttlMs');
      expectEqual('ttlMs' in (await takeNext(backend)), false, 'ttlMs of an event without one');
    },
  },
  {
    name: 'ttl: an event past its time is not delivered, and becomes a dead letter without an attempt',
    requires: ['ttlMs', 'deadLetters', 'stats'],
    async run(context) {
      const { runtime } = context;
      const backend = openBackend(context);
      const eventId = await backend.publish(CHANNEL, 'brief', { trace: 1 }, TTL);
      const createdAt = runtime.now();
      await runtime.advance(TTL_MS);
      await expectNothingDue(backend);
      const [letter] = await backend.deadLetters(CHANNEL, 10);
      const { cursor, ...found } = letter ?? {};
      expectEqual(
        found,
        {
          ...{ eventId, channel: CHANNEL, payload: 'brief', metadata: { trace: 1 }, createdAt },
          ...{ attempts: 0, reason: 'expired', note: null, lastError: null },
          diedAt: runtime.now(),
        },
        'the dead letter',
      );
      expectEqual((await backend.stats(CHANNEL)).ready, 0, 'ready events');
    },
  },
  {
    name: 'ttl: events past their time take no place of others',
    requires: ['ttlMs', 'publishMany', 'dequeueMany'],
    async run(context) {
      const backend = openBackend(context);
      const drafts = ['brief', 'a', 'brief', 'brief', 'b', 'brief', 'c', 'brief'].map((payload) => {
        return { channel: CHANNEL, payload, ...(payload === 'brief' && { options: TTL }) };
      });
      await backend.publishMany(drafts);
      await context.runtime.advance(TTL_MS);
      const payloads: unknown[] = [];
      for (let left = 3; left > 0; ) {
        const messages = await backend.dequeueMany(CHANNEL, 2, 0);
        expectEqual(messages.length > 0, true, `delivered, with ${left} events left`);
        payloads.push(...messages.map(({ payload }) => payload));
        left -= messages.length;
      }
      expectEqual(payloads, ['a', 'b', 'c'], 'payloads');
      await expectNothingDue(backend);
    },
  },
  {
    name: 'ttl: a delivery that began within the time can be settled after it',
    requires: ['ttlMs', 'extend'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'brief', null, TTL);
      const { eventId, lease } = await takeNext(backend);
      await context.runtime.advance(TTL_MS);
      expectEqual(await backend.extend(eventId, lease, LEASE_MS), 'ok', 'extend');
      expectEqual(await backend.ack(eventId, lease), 'ok', 'ack');
    },
  },
  {
    name: 'ttl: a retry after the time is not delivered, and its attempts are kept',
    requires: ['ttlMs', 'delayMs', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'delayed', null, TTL);
      await backend.publish(CHANNEL, 'at once', null, TTL);
      const delayed = await takeNext(backend);
      const error = { name: 'Error', message: 'no answer' };
      await backend.nack(delayed.eventId, delayed.lease, { delayMs: TTL_MS + 1, error });
      const atOnce = await takeNext(backend);
      await context.runtime.advance(TTL_MS);
      await backend.nack(atOnce.eventId, atOnce.lease, { error });
      await expectNothingDue(backend);
      await context.runtime.advance(1);
      await expectNothingDue(backend);
      const letters = await backend.deadLetters(CHANNEL, 10);
      const found = letters.map(({ payload, attempts, reason, lastError }) => [
        ...[payload, attempts, reason, lastError?.message],
      ]);
      const expected = [
        ['at once', 1, 'expired', 'no answer'],
        ['delayed', 1, 'expired', 'no answer'],
      ];
      expectEqual(found, expected, 'the dead letters');
    },
  },
  {
    name: 'ttl: a lease that expires after the time leaves a dead letter',
    requires: ['ttlMs', 'leaseMs', 'expiry', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'brief', null, TTL);
      await takeNext(backend, { leaseMs: TTL_MS });
      await context.runtime.advance(TTL_MS);
      await expectNothingDue(backend);
      const [letter] = await backend.deadLetters(CHANNEL, 10);
      expectEqual([letter?.reason, letter?.attempts], ['expired', 1], 'reason and attempts');
    },
  },
  {
    name: 'ttl: the time counts from the publish, also for a delayed event',
    requires: ['ttlMs', 'delayMs', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'in time', null, { ttlMs: 5_000, delayMs: 4_000 });
      await backend.publish(CHANNEL, 'too late', null, { ttlMs: 5_000, delayMs: 5_000 });
      await context.runtime.advance(4_999);
      expectEqual(await takePayloads(backend), ['in time'], 'before the end');
      await context.runtime.advance(1);
      await expectNothingDue(backend);
      const letters = await backend.deadLetters(CHANNEL, 10);
      const found = letters.map(({ payload, attempts, reason }) => [payload, attempts, reason]);
      expectEqual(found, [['too late', 0, 'expired']], 'the dead letters');
    },
  },
  {
    name: 'ttl: a clock that is set back ends no time early',
    requires: ['ttlMs', 'delayMs'],
    async run(context) {
      const { runtime } = context;
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'at once', null, TTL);
      await backend.publish(CHANNEL, 'delayed', null, { ...TTL, delayMs: TTL_MS - 1 });
      await runtime.advance(TTL_MS - 2);
      runtime.jumpTo(runtime.now() - TEN_YEARS_MS);
      const { eventId, lease } = await takeNext(backend);
      await backend.nack(eventId, lease);
      await runtime.advance(TTL_MS - 1);
      expectEqual(await takePayloads(backend), ['at once', 'delayed'], 'the due events');
    },
  },
  {
    name: 'ttl: a redriven event has no time to live',
    requires: ['ttlMs', 'redrive'],
    async run(context) {
      const { runtime } = context;
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'brief', null, TTL);
      await runtime.advance(TTL_MS);
      await expectNothingDue(backend);
      expectEqual(await backend.redrive(CHANNEL), 1, 'redriven events');
      await runtime.advance(TTL_MS);
      const { payload, redriven, attempts } = await takeNext(backend);
      expectEqual([payload, redriven?.reason, attempts], ['brief', 'expired', 1], 'the message');
    },
  },
  {
    name: 'ttl: the end of an event is reported',
    requires: ['ttlMs', 'observe'],
    async run(context) {
      const backend = openBackend(context);
      const reports: ObserverEvent[] = [];
      backend.observe((event) => reports.push(event));
      const eventId = await backend.publish(CHANNEL, 'brief', null, TTL);
      await context.runtime.advance(TTL_MS);
      await expectNothingDue(backend);
      const report = { channel: CHANNEL, eventId, reason: 'expired', attempts: 0 };
      expectEqual(reports, [{ type: 'dead-lettered', ...report }], 'the reports');
    },
  },
  {
    name: 'ttl: zero, fractions and infinity are refused',
    requires: ['ttlMs'],
    async run(context) {
      const backend = openBackend(context);
      for (const ttlMs of [0, -1, 0.5, Number.POSITIVE_INFINITY]) {
        const says = ['ttlMs', 'a whole number of milliseconds from 1', String(ttlMs)];
        const attempt = () => backend.publish(CHANNEL, 1, null, { ttlMs });
        await expectRejects(attempt, { name: 'TypeError', says }, String(ttlMs));
      }
      await expectNothingDue(backend);
    },
  },
];
