import type { NackOptions } from '../../core/options/settling-arguments.ts';
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
import { expectEqual, expectRejects } from './expect.ts';

const WHOLE_MS = 'a whole number of milliseconds from 0';

const BAD_OPTIONS: readonly (readonly [options: unknown, says: readonly string[]])[] = [
  [{ delayMs: -1 }, ['delayMs', WHOLE_MS, '-1']],
  [{ delayMs: 0.5 }, ['delayMs', WHOLE_MS, '0.5']],
  [{ delayMs: Number.NaN }, ['delayMs', WHOLE_MS, 'NaN']],
  [{ delayMs: '5' }, ['delayMs', WHOLE_MS, '"5"']],
  [null, ['options', 'an object', 'null']],
  [5, ['options', 'an object', '5']],
];

export const nackCases: readonly ConformanceCase[] = [
  {
    name: 'nack: answers ok, and the event is delivered again at once, counted once more',
    requires: [],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, { a: 1 });
      const first = await takeNext(backend);
      expectEqual(await backend.nack(first.eventId, first.lease), 'ok', 'answer');
      const second = await takeNext(backend);
      expectEqual(second.eventId, first.eventId, 'event');
      expectEqual(second.attempts, 2, 'attempts');
      expectEqual(second.payload, { a: 1 }, 'payload');
    },
  },
  {
    name: 'nack: takes a bare id for what this backend delivered',
    requires: [],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      expectEqual(await backend.nack((await takeNext(backend)).eventId), 'ok', 'answer');
      expectEqual((await takeNext(backend)).attempts, 2, 'attempts');
    },
  },
  {
    name: 'nack: returns the event to its old place, before what was published later',
    requires: ['place'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 1, 2, 3, 4);
      const [first, second] = [await takeNext(backend), await takeNext(backend)];
      await backend.nack(second.eventId, second.lease);
      await backend.nack(first.eventId, first.lease);
      expectEqual(await takePayloads(backend), [1, 2, 3, 4], 'order');
    },
  },
  {
    name: 'nack: in another context that is given id and lease, returns the event to everyone',
    requires: ['contexts', 'leaseMs'],
    async run(context) {
      const [holder, other] = [openBackend(context), openBackend(context)];
      await publishEach(holder, 'one');
      const { eventId, lease } = await takeNext(holder);
      expectEqual(await other.nack(eventId, lease), 'ok', 'answer');
      expectEqual((await takeNext(holder)).attempts, 2, 'attempts');
    },
  },
  {
    name: 'nack: answers stale where the event was nacked before, and changes nothing',
    requires: ['leaseMs'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      const { eventId, lease } = await takeNext(backend);
      await backend.nack(eventId, lease);
      expectEqual(await backend.nack(eventId, lease, { delayMs: 5_000 }), 'stale', 'answer');
      expectEqual((await takeNext(backend)).attempts, 2, 'attempts');
    },
  },
  {
    name: 'nack: with a delay never delivers early, and holds no lease meanwhile',
    requires: ['delayMs', 'stats', 'leaseMs'],
    async run(context) {
      const { runtime } = context;
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      const { eventId, lease } = await takeNext(backend, { leaseMs: 1_000 });
      expectEqual(await backend.nack(eventId, lease, { delayMs: 5_000 }), 'ok', 'answer');
      const scheduled = { ready: 0, leased: 0, scheduled: 1, dead: 0 };
      expectEqual(countsOf(await backend.stats(CHANNEL)), scheduled, 'stats during the delay');
      await runtime.advance(4_999);
      await expectNothingDue(backend);
      await runtime.advance(1);
      const again = await takeNext(backend);
      expectEqual(again.availableAt, runtime.now(), 'when it came due');
      expectEqual(again.attempts, 2, 'attempts');
    },
  },
  {
    name: 'nack: a delay of zero is no delay',
    requires: ['delayMs'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 1, 2);
      const { eventId, lease } = await takeNext(backend);
      await backend.nack(eventId, lease, { delayMs: 0 });
      expectEqual(await takePayloads(backend), [1, 2], 'order');
    },
  },
  {
    name: 'nack: refuses bad options, naming option, expectation and value',
    requires: ['delayMs', 'leaseMs'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      const { eventId, lease } = await takeNext(backend);
      for (const [options, says] of BAD_OPTIONS)
        await expectRejects(
          () => backend.nack(eventId, lease, options as NackOptions),
          { name: 'TypeError', says },
          says.join(' '),
        );
      expectEqual(await backend.ack(eventId, lease), 'ok', 'the lease after the refusals');
    },
  },
];
