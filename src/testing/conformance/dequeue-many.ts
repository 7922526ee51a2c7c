import {
  CHANNEL,
  expectNothingDue,
  openBackend,
  publishEach,
  takeNext,
  takePayloads,
} from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

function payloadsOf(messages: readonly { readonly payload: unknown }[]): unknown[] {
  return messages.map(({ payload }) => payload);
}

export const dequeueManyCases: readonly ConformanceCase[] = [
  {
    name: 'dequeueMany: leases at most the limit, in order, and leaves the rest',
    requires: ['dequeueMany'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 1, 2, 3, 4, 5);
      expectEqual(payloadsOf(await backend.dequeueMany(CHANNEL, 2, 0)), [1, 2], 'first two');
      expectEqual(payloadsOf(await backend.dequeueMany(CHANNEL, 9, 0)), [3, 4, 5], 'the rest');
      expectEqual(await backend.dequeueMany(CHANNEL, 9, 0), [], 'nothing left');
    },
  },
  {
    name: 'dequeueMany: spans events that were published together and alone',
    requires: ['dequeueMany', 'publishMany'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 1);
      await backend.publishMany([2, 3, 4].map((payload) => ({ channel: CHANNEL, payload })));
      await publishEach(backend, 5);
      expectEqual(payloadsOf(await backend.dequeueMany(CHANNEL, 3, 0)), [1, 2, 3], 'a part');
      expectEqual(payloadsOf(await backend.dequeueMany(CHANNEL, 3, 0)), [4, 5], 'the rest');
    },
  },
  {
    name: 'dequeueMany: lets each event of a claim be settled by itself',
    requires: ['dequeueMany', 'publishMany', 'leaseMs', 'reject', 'expiry'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publishMany(
        ['ack', 'nack', 'reject', 'expire'].map((payload) => ({ channel: CHANNEL, payload })),
      );
      const messages = await backend.dequeueMany(CHANNEL, 4, 0, { leaseMs: 1_000 });
      const [acked, nacked, rejected] = messages.map(({ eventId, lease }) => ({ eventId, lease }));
      expectEqual(await backend.ack(acked?.eventId ?? '', acked?.lease), 'ok', 'ack');
      expectEqual(await backend.nack(nacked?.eventId ?? '', nacked?.lease), 'ok', 'nack');
      expectEqual(await backend.reject(rejected?.eventId ?? '', rejected?.lease), 'ok', 'reject');
      expectEqual((await takeNext(backend)).payload, 'nack', 'the event that is due at once');
      await expectNothingDue(backend);
      await context.runtime.advance(1_000);
      expectEqual(await takePayloads(backend), ['expire'], 'the event that is due after the lease');
    },
  },
  {
    name: 'dequeueMany: counts one attempt for each event that it leases',
    requires: ['dequeueMany', 'publishMany', 'leaseMs', 'expiry'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publishMany([1, 2, 3].map((payload) => ({ channel: CHANNEL, payload })));
      await backend.dequeueMany(CHANNEL, 2, 0, { leaseMs: 1_000 });
      await context.runtime.advance(1_000);
      const messages = await backend.dequeueMany(CHANNEL, 3, 0);
      expectEqual(payloadsOf(messages), [1, 2, 3], 'order');
      expectEqual(
        messages.map(({ attempts }) => attempts),
        [2, 2, 1],
        'attempts',
      );
    },
  },
  {
    name: 'dequeueMany: waits for the first event only',
    requires: ['dequeueMany', 'waiting'],
    async run(context) {
      const backend = openBackend(context);
      const waiting = backend.dequeueMany(CHANNEL, 5, 60_000);
      await publishEach(backend, 'only');
      expectEqual(payloadsOf(await waiting), ['only'], 'what the wait brought');
    },
  },
  {
    name: 'dequeueMany: refuses a bad limit, naming option, expectation and value',
    requires: ['dequeueMany'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      for (const limit of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
        await expectRejects(
          () => backend.dequeueMany(CHANNEL, limit, 0),
          { name: 'TypeError', says: ['limit', 'a whole number from 1', String(limit)] },
          `limit ${limit}`,
        );
      expectEqual((await takeNext(backend)).attempts, 1, 'attempts after the refusals');
    },
  },
];
