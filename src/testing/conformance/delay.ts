import {
  CHANNEL,
  countsOf,
  expectNothingDue,
  openBackend,
  publishEach,
  TEN_YEARS_MS,
  takeNext,
  takePayloads,
} from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual } from './expect.ts';

export const delayCases: readonly ConformanceCase[] = [
  {
    name: 'delay: a delayed event is never delivered early, and says so when it comes',
    requires: ['delayMs'],
    async run(context) {
      const { runtime } = context;
      const backend = openBackend(context);
      const createdAt = runtime.now();
      await backend.publish(CHANNEL, 'later', null, { delayMs: 5_000 });
      await expectNothingDue(backend);
      await runtime.advance(4_999);
      await expectNothingDue(backend);
      await runtime.advance(1);
      const message = await takeNext(backend);
      expectEqual(message.availableAt, createdAt + 5_000, 'availableAt');
      expectEqual(message.createdAt, createdAt, 'createdAt');
      expectEqual(message.delayMs, 5_000, 'delayMs');
      expectEqual(message.attempts, 1, 'attempts');
    },
  },
  {
    name: 'delay: holds no lease and nothing else back',
    requires: ['delayMs', 'stats'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'later', null, { delayMs: 5_000 });
      await publishEach(backend, 'now');
      const counts = { ready: 1, leased: 0, scheduled: 1, dead: 0 };
      expectEqual(countsOf(await backend.stats(CHANNEL)), counts, 'stats');
      expectEqual(await takePayloads(backend), ['now'], 'the due events');
    },
  },
  {
    name: 'delay: events become due in the order of their due times, not in the order of publishing',
    requires: ['delayMs'],
    async run(context) {
      const backend = openBackend(context);
      for (const delayMs of [3_000, 1_000, 2_000])
        await backend.publish(CHANNEL, delayMs, null, { delayMs });
      for (const expected of [1_000, 2_000, 3_000]) {
        await context.runtime.advance(1_000);
        expectEqual(await takePayloads(backend), [expected], `after ${expected} ms`);
      }
    },
  },
  {
    name: 'delay: what has come due goes in commit order',
    requires: ['delayMs'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'first', null, { delayMs: 2_000 });
      await backend.publish(CHANNEL, 'second', null, { delayMs: 1_000 });
      await publishEach(backend, 'third');
      await context.runtime.advance(2_000);
      expectEqual(await takePayloads(backend), ['first', 'second', 'third'], 'order');
    },
  },
  {
    name: 'delay: a clock that is set back lengthens none beyond what was asked for',
    requires: ['delayMs'],
    async run(context) {
      const { runtime } = context;
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'published', null, { delayMs: 5_000 });
      await publishEach(backend, 'nacked');
      const { eventId, lease } = await takeNext(backend);
      await backend.nack(eventId, lease, { delayMs: 10_000 });
      runtime.jumpTo(runtime.now() - TEN_YEARS_MS);
      await expectNothingDue(backend);
      await runtime.advance(4_999);
      await expectNothingDue(backend);
      await runtime.advance(1);
      const published = await takeNext(backend);
      expectEqual(published.payload, 'published', 'what comes first');
      expectEqual(published.availableAt, runtime.now(), 'availableAt');
      await runtime.advance(4_999);
      await expectNothingDue(backend);
      await runtime.advance(1);
      expectEqual((await takeNext(backend)).payload, 'nacked', 'what comes then');
    },
  },
  {
    name: 'delay: of a nack, is not lengthened by a clock that is set back to before it',
    requires: ['delayMs', 'leaseMs'],
    async run(context) {
      const { runtime } = context;
      const backend = openBackend(context);
      await publishEach(backend, 'nacked');
      const { eventId, lease } = await takeNext(backend, { leaseMs: 3_600_000 });
      await runtime.advance(1_800_000);
      await backend.nack(eventId, lease, { delayMs: 5_000 });
      runtime.jumpTo(runtime.now() - 1_800_000);
      await expectNothingDue(backend);
      await runtime.advance(4_999);
      await expectNothingDue(backend);
      await runtime.advance(1);
      expectEqual(await takePayloads(backend), ['nacked'], 'the due events');
    },
  },
  {
    name: 'delay: a clock that is a little behind shortens none',
    requires: ['delayMs', 'contexts'],
    async run(context) {
      const { runtime } = context;
      const [backend, other] = [openBackend(context), openBackend(context)];
      await backend.publish(CHANNEL, 'later', null, { delayMs: 5_000 });
      runtime.jumpTo(runtime.now() - 5);
      await expectNothingDue(other);
      await runtime.advance(5_004);
      await expectNothingDue(other);
      await runtime.advance(1);
      expectEqual(await takePayloads(other), ['later'], 'the due events');
    },
  },
  {
    name: 'delay: zero is no delay',
    requires: ['delayMs'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'now', null, { delayMs: 0 });
      expectEqual((await takeNext(backend)).payload, 'now', 'payload');
    },
  },
  {
    name: 'delay: a very long one neither fires early nor keeps others from coming due',
    requires: ['delayMs', 'waiting'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'far', null, { delayMs: 2 ** 33 });
      await backend.publish(CHANNEL, 'near', null, { delayMs: 1_000 });
      const waiting = backend.dequeue(CHANNEL, 2_000);
      await context.runtime.advance(1_000);
      const near = await waiting;
      expectEqual(near?.payload, 'near', 'what came due');
      await backend.ack(near?.eventId ?? '');
      await context.runtime.advance(2 ** 32);
      await expectNothingDue(backend);
      await context.runtime.advance(2 ** 32);
      expectEqual(await takePayloads(backend), ['far'], 'after all that time');
    },
  },
];
