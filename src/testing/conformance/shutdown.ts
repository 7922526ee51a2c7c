import {
  CHANNEL,
  countsOf,
  expectNothingDue,
  openBackend,
  publishEach,
  takeNext,
  takePayloads,
} from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual } from './expect.ts';

export const shutdownCases: readonly ConformanceCase[] = [
  {
    name: 'shutdown: may be called twice, one after the other and at once',
    requires: [],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      await Promise.all([backend.shutdown(), backend.shutdown()]);
      await backend.shutdown();
    },
  },
  {
    name: 'shutdown: of a backend that was never used does nothing',
    requires: [],
    run: (context) => openBackend(context).shutdown(),
  },
  {
    name: 'shutdown: hands back at once what this backend leased, counted as attempts',
    requires: ['contexts'],
    async run(context) {
      const [leaving, staying] = [openBackend(context), openBackend(context)];
      await publishEach(leaving, 1, 2, 3);
      await takeNext(leaving);
      await takeNext(leaving);
      await leaving.shutdown();
      const messages = [await takeNext(staying), await takeNext(staying), await takeNext(staying)];
      expectEqual(
        messages.map(({ payload, attempts }) => [payload, attempts]),
        [
          [1, 2],
          [2, 2],
          [3, 1],
        ],
        'payloads and attempts',
      );
    },
  },
  {
    name: 'shutdown: leaves alone what others hold, and what was settled',
    requires: ['contexts', 'leaseMs', 'stats', 'expiry'],
    async run(context) {
      const [leaving, staying] = [openBackend(context), openBackend(context)];
      await publishEach(leaving, 'acked', 'lost', 'held');
      await leaving.ack((await takeNext(leaving)).eventId);
      const lost = await takeNext(leaving, { leaseMs: 1_000 });
      await context.runtime.advance(1_000);
      const taken = await takeNext(staying);
      expectEqual(taken.eventId, lost.eventId, 'the event whose lease expired');
      const held = await takeNext(staying);
      await leaving.shutdown();
      await expectNothingDue(staying);
      for (const { eventId, lease } of [taken, held])
        expectEqual(await staying.ack(eventId, lease), 'ok', 'the one who holds it');
      const none = { ready: 0, leased: 0, scheduled: 0, dead: 0 };
      expectEqual(countsOf(await staying.stats(CHANNEL)), none, 'stats');
    },
  },
  {
    name: 'shutdown: of one context leaves the others at work',
    requires: ['contexts'],
    async run(context) {
      const [leaving, staying] = [openBackend(context), openBackend(context)];
      await publishEach(leaving, 'one');
      await leaving.shutdown();
      await publishEach(staying, 'two');
      expectEqual(await takePayloads(staying), ['one', 'two'], 'payloads');
    },
  },
  {
    name: 'shutdown: ends waits with null and leaves no lease behind',
    requires: ['waiting', 'contexts'],
    async run(context) {
      const [leaving, staying] = [openBackend(context), openBackend(context)];
      const waits = [leaving.dequeue(CHANNEL, 3_600_000), leaving.dequeue(CHANNEL, 3_600_000)];
      await expectNothingDue(staying);
      await leaving.shutdown();
      expectEqual(await Promise.all(waits), [null, null], 'answers of the waits');
      await publishEach(staying, 'one');
      expectEqual((await takeNext(staying)).attempts, 1, 'attempts');
    },
  },
  {
    name: 'shutdown: what was published before it is stored when the publish resolves',
    requires: ['contexts'],
    async run(context) {
      const [leaving, staying] = [openBackend(context), openBackend(context)];
      const publishing = leaving.publish(CHANNEL, 'late');
      await leaving.shutdown();
      const eventId = await publishing;
      expectEqual((await takeNext(staying)).eventId, eventId, 'event');
    },
  },
];
