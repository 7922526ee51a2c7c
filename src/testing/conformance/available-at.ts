import type { PublishOptions } from '../../core/events/message.ts';
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

const A_TIME = 'a time in epoch milliseconds or a valid Date';

/** Invalid options, and the words that the error must contain. */
const BAD_OPTIONS: readonly (readonly [options: unknown, says: readonly string[]])[] = [
  [{ availableAt: Number.NaN }, ['availableAt', A_TIME, 'NaN']],
  [{ availableAt: Number.POSITIVE_INFINITY }, ['availableAt', A_TIME, 'Infinity']],
  [{ availableAt: '2030-01-01' }, ['availableAt', A_TIME, '"2030-01-01"']],
  [{ availableAt: null }, ['availableAt', A_TIME, 'null']],
  [{ availableAt: { getTime: () => 1 } }, ['availableAt', A_TIME, 'an object']],
  [{ availableAt: 1, delayMs: 0 }, ['availableAt', 'left out where delayMs is given', '1']],
];

export const availableAtCases: readonly ConformanceCase[] = [
  {
    name: 'availableAt: an event is not delivered before its time, and says so when it comes',
    requires: ['availableAt', 'stats'],
    async run(context) {
      const { runtime } = context;
      const backend = openBackend(context);
      const availableAt = runtime.now() + 5_000;
      await backend.publish(CHANNEL, 'later', null, { availableAt });
      await publishEach(backend, 'now');
      const counts = { ready: 1, leased: 0, scheduled: 1, dead: 0 };
      expectEqual(countsOf(await backend.stats(CHANNEL)), counts, 'stats');
      expectEqual(await takePayloads(backend), ['now'], 'the due events');
      await runtime.advance(4_999);
      await expectNothingDue(backend);
      await runtime.advance(1);
      const message = await takeNext(backend);
      expectEqual(message.payload, 'later', 'payload');
      expectEqual(message.availableAt, availableAt, 'availableAt');
      expectEqual('delayMs' in message, false, 'delayMs');
    },
  },
  {
    name: 'availableAt: a time that has passed means at once',
    requires: ['availableAt'],
    async run(context) {
      const { runtime } = context;
      const backend = openBackend(context);
      const times = [runtime.now(), runtime.now() - 1, -1];
      for (const availableAt of times)
        await backend.publish(CHANNEL, availableAt, null, { availableAt });
      const message = await takeNext(backend);
      expectEqual(message.availableAt, runtime.now(), 'availableAt of the message');
      expectEqual(await takePayloads(backend), times.slice(1), 'the other events');
    },
  },
  {
    name: 'availableAt: a waiting consumer receives the event at its time',
    requires: ['availableAt', 'waiting'],
    async run(context) {
      const { runtime } = context;
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'later', null, { availableAt: runtime.now() + 1_000 });
      const waiting = backend.dequeue(CHANNEL, 5_000);
      await runtime.advance(1_000);
      expectEqual((await waiting)?.payload, 'later', 'payload');
    },
  },
  {
    name: 'availableAt: the time stays when the clock is set back',
    requires: ['availableAt', 'delayMs'],
    async run(context) {
      const { runtime } = context;
      const backend = openBackend(context);
      const availableAt = runtime.now() + 5_000;
      await backend.publish(CHANNEL, 'at the time', null, { availableAt });
      await backend.publish(CHANNEL, 'after the delay', null, { delayMs: 5_000 });
      runtime.jumpTo(runtime.now() - 60_000);
      await expectNothingDue(backend);
      await runtime.advance(5_000);
      const { eventId, lease, payload } = await takeNext(backend);
      expectEqual(payload, 'after the delay', 'what is due first');
      await backend.ack(eventId, lease);
      await runtime.advance(59_999);
      await expectNothingDue(backend);
      await runtime.advance(1);
      expectEqual(await takePayloads(backend), ['at the time'], 'what is due then');
    },
  },
  {
    name: 'availableAt: a nack replaces the time',
    requires: ['availableAt', 'delayMs'],
    async run(context) {
      const { runtime } = context;
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'later', null, { availableAt: runtime.now() + 1_000 });
      await runtime.advance(1_000);
      const { eventId, lease } = await takeNext(backend);
      await backend.nack(eventId, lease, { delayMs: 2_000 });
      await runtime.advance(1_999);
      await expectNothingDue(backend);
      await runtime.advance(1);
      const { attempts, availableAt } = await takeNext(backend);
      expectEqual([attempts, availableAt], [2, runtime.now()], 'attempts and availableAt');
    },
  },
  {
    name: 'availableAt: refuses what is no time, and a delay beside it',
    requires: ['availableAt'],
    async run(context) {
      const backend = openBackend(context);
      for (const [options, says] of BAD_OPTIONS) {
        const attempt = () => backend.publish(CHANNEL, 1, null, options as PublishOptions);
        await expectRejects(attempt, { name: 'TypeError', says }, says.join(' '));
      }
      await expectNothingDue(backend);
    },
  },
];
