import { expectNothingDue, openBackend, publishEach, takeNext } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

export const extendCases: readonly ConformanceCase[] = [
  {
    name: 'extend: moves the expiry, counted from now',
    requires: ['extend', 'leaseMs', 'contexts', 'expiry'],
    async run(context) {
      const { runtime } = context;
      const [holder, other] = [openBackend(context), openBackend(context)];
      await publishEach(holder, 'one');
      const { eventId, lease } = await takeNext(holder, { leaseMs: 1_000 });
      await runtime.advance(900);
      expectEqual(await holder.extend(eventId, lease, 2_000), 'ok', 'answer');
      await runtime.advance(1_999);
      await expectNothingDue(other);
      await runtime.advance(1);
      expectEqual((await takeNext(other)).attempts, 2, 'attempts');
    },
  },
  {
    name: 'extend: can shorten a lease as well',
    requires: ['extend', 'leaseMs', 'expiry'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      const { eventId, lease } = await takeNext(backend, { leaseMs: 60_000 });
      expectEqual(await backend.extend(eventId, lease, 1_000), 'ok', 'answer');
      await context.runtime.advance(1_000);
      expectEqual((await takeNext(backend)).attempts, 2, 'attempts');
    },
  },
  {
    name: 'extend: keeps the lease, so that it settles the event afterwards',
    requires: ['extend', 'leaseMs'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      const { eventId, lease } = await takeNext(backend, { leaseMs: 1_000 });
      for (let round = 0; round < 5; round += 1) {
        await context.runtime.advance(900);
        expectEqual(await backend.extend(eventId, undefined, 1_000), 'ok', 'answer');
      }
      expectEqual(await backend.ack(eventId, lease), 'ok', 'ack');
      await expectNothingDue(backend);
    },
  },
  {
    name: 'extend: leaves the other events of the same claim as they are',
    requires: ['extend', 'leaseMs', 'dequeueMany', 'publishMany', 'expiry'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publishMany([1, 2].map((payload) => ({ channel: 'orders', payload })));
      const [first] = await backend.dequeueMany('orders', 2, 0, { leaseMs: 1_000 });
      await backend.extend(first?.eventId ?? '', first?.lease, 5_000);
      await context.runtime.advance(1_000);
      expectEqual((await takeNext(backend)).payload, 2, 'what expired');
      await expectNothingDue(backend);
    },
  },
  {
    name: 'extend: refuses a bad duration, naming option, expectation and value',
    requires: ['extend'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      const { eventId, lease } = await takeNext(backend);
      for (const ms of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, undefined, '5'])
        await expectRejects(
          () => backend.extend(eventId, lease, ms as number),
          { name: 'TypeError', says: ['ms', 'a whole number of milliseconds from 1', `${ms}`] },
          `ms ${ms}`,
        );
      expectEqual(await backend.ack(eventId, lease), 'ok', 'the lease after the refusals');
    },
  },
];
