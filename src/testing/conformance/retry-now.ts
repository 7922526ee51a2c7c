import {
  CHANNEL,
  countsOf,
  expectNothingDue,
  openBackend,
  takeNext,
  takePayloads,
} from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual } from './expect.ts';

const HOUR_MS = 3_600_000;

export const retryNowCases: readonly ConformanceCase[] = [
  {
    name: 'retryNow: makes due what waits after a failure, and not what was published with a delay',
    requires: ['retryNow', 'delayMs', 'stats'],
    async run(context) {
      const backend = openBackend(context);
      for (const payload of [1, 2, 3]) await backend.publish(CHANNEL, payload);
      await backend.publish(CHANNEL, 'later', null, { delayMs: HOUR_MS });
      for (const delayMs of [3, 2, 1].map((hours) => hours * HOUR_MS)) {
        const { eventId, lease } = await takeNext(backend);
        await backend.nack(eventId, lease, { delayMs });
      }
      await expectNothingDue(backend);
      expectEqual(await backend.retryNow(CHANNEL), 3, 'events that were made due');
      const counts = { ready: 3, leased: 0, scheduled: 1, dead: 0 };
      expectEqual(countsOf(await backend.stats(CHANNEL)), counts, 'counts');
      const first = await takeNext(backend);
      expectEqual(first.attempts, 2, 'attempts');
      expectEqual(first.availableAt, context.runtime.now(), 'when it came due');
      expectEqual([first.payload, ...(await takePayloads(backend))], [1, 2, 3], 'order');
      expectEqual(await backend.retryNow(CHANNEL), 0, 'events that are left');
    },
  },
  {
    name: 'retryNow: includes what was postponed without counting, and leaves other channels alone',
    requires: ['retryNow', 'delayMs', 'countsAsAttempt'],
    async run(context) {
      const backend = openBackend(context);
      const error = { name: 'RetryError', message: 'offline' };
      for (const channel of [CHANNEL, 'others']) {
        await backend.publish(channel, channel);
        const message = await backend.dequeue(channel, 0);
        const options = { delayMs: HOUR_MS, countsAsAttempt: false, error };
        await backend.nack(String(message?.eventId), message?.lease, options);
      }
      expectEqual(await backend.retryNow(CHANNEL), 1, 'events that were made due');
      expectEqual((await takeNext(backend)).attempts, 1, 'attempts');
      await expectNothingDue(backend, 'others');
    },
  },
  {
    name: 'retryNow: wakes a consumer that waits',
    requires: ['retryNow', 'delayMs', 'waiting'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'one');
      const { eventId, lease } = await takeNext(backend);
      await backend.nack(eventId, lease, { delayMs: HOUR_MS });
      const waiting = backend.dequeue(CHANNEL, HOUR_MS / 2);
      await context.runtime.settle();
      await backend.retryNow(CHANNEL);
      expectEqual((await waiting)?.payload, 'one', 'what the consumer got');
    },
  },
];
