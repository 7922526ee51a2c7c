import type { RetryNowOptions } from '../../core/options/retry-now-options.ts';
import type { NackOptions } from '../../core/options/settling-arguments.ts';
import type { AsyncEventBackend } from '../../core/protocols/protocols.ts';
import {
  CHANNEL,
  countsOf,
  expectNothingDue,
  openBackend,
  takeNext,
  takePayloads,
} from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

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
  {
    name: 'retryNow: with a reason makes due only what the last nack postponed for that reason',
    requires: ['retryNow', 'offline', 'delayMs', 'countsAsAttempt'],
    async run(context) {
      const backend = openBackend(context);
      const error = { name: 'RetryError', message: 'no network' };
      const delayMs = HOUR_MS;
      await nackNext(backend, 'offline', { delayMs, reason: 'offline', error });
      await nackNext(backend, 'offline, without an error', { delayMs, reason: 'offline' });
      await nackNext(backend, 'broken', { delayMs, error: { ...error, reason: 'offline' } });
      await nackNext(backend, 'signed out', { delayMs, countsAsAttempt: false, error });
      await nackNext(backend, 'offline, then not', { reason: 'offline' });
      await nackNext(backend, null, { delayMs });
      expectEqual(await backend.retryNow(CHANNEL, { reason: 'offline' }), 2, 'made due');
      const due = await takePayloads(backend);
      expectEqual(due, ['offline', 'offline, without an error'], 'the due events');
      expectEqual(await backend.retryNow(CHANNEL), 3, 'made due without a reason');
    },
  },
  {
    name: 'nack: the reason offline does not count the attempt unless asked to, and is kept with the error',
    requires: ['offline', 'countsAsAttempt', 'delayMs', 'maxAttempts', 'reject', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'one');
      const attempts: number[] = [];
      const reason = 'offline';
      for (const options of [{ reason }, { reason, countsAsAttempt: true }, { reason }] as const) {
        const message = await takeNext(backend);
        attempts.push(message.attempts);
        await backend.nack(message.eventId, message.lease, options);
      }
      const { eventId, lease } = await takeNext(backend);
      await backend.reject(eventId, lease);
      expectEqual(attempts, [1, 1, 2], 'attempts');
      const [letter] = await backend.deadLetters(CHANNEL, 1);
      const kept = { name: 'Error', message: 'offline', reason };
      expectEqual(letter?.lastError, kept, 'last error');
    },
  },
  {
    name: 'reason: nack and retryNow refuse one that there is not, and change nothing',
    requires: ['retryNow', 'offline', 'delayMs'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'one');
      const { eventId, lease } = await takeNext(backend);
      const options = { delayMs: HOUR_MS, reason: 'busy' as 'offline' };
      const refusal = { name: 'TypeError', says: ['reason', "'offline'", '"busy"'] } as const;
      await expectRejects(() => backend.nack(eventId, lease, options), refusal, 'the nack');
      const answer = await backend.nack(eventId, lease, { delayMs: HOUR_MS, reason: 'offline' });
      expectEqual(answer, 'ok', 'answer');
      const { reason } = options;
      await expectRejects(() => backend.retryNow(CHANNEL, { reason }), refusal, 'retryNow');
      const misspelt = { reasons: 'offline' } as RetryNowOptions;
      await expectRejects(
        () => backend.retryNow(CHANNEL, misspelt),
        { name: 'TypeError', says: ['no option "reasons"'] },
        'an option that there is not',
      );
      await expectNothingDue(backend);
    },
  },
];

/** Nacks the next event with these options. If a payload is passed, publishes it first. */
async function nackNext(
  backend: Required<AsyncEventBackend>,
  payload: string | null,
  options: NackOptions,
): Promise<void> {
  if (payload !== null) await backend.publish(CHANNEL, payload);
  const { eventId, lease } = await takeNext(backend);
  await backend.nack(eventId, lease, options);
}
