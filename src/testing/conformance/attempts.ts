import {
  CHANNEL,
  expectNothingDue,
  LEASE_MS,
  openBackend,
  publishEach,
  takeNext,
} from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual } from './expect.ts';

export const attemptsCases: readonly ConformanceCase[] = [
  {
    name: 'attempts: count 1, 2, 3 over nacks',
    requires: [],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      for (const attempts of [1, 2, 3]) {
        const message = await takeNext(backend);
        expectEqual(message.attempts, attempts, 'attempts');
        await backend.nack(message.eventId, message.lease);
      }
    },
  },
  {
    name: 'attempts: count 1, 2, 3 over expired leases',
    requires: ['leaseMs', 'expiry'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      for (const attempts of [1, 2, 3]) {
        expectEqual((await takeNext(backend, { leaseMs: 500 })).attempts, attempts, 'attempts');
        await context.runtime.advance(500);
      }
    },
  },
  {
    name: 'attempts: count 1, 2, 3 over contexts that took the event and never came back',
    requires: ['leaseMs', 'contexts', 'expiry'],
    async run(context) {
      await publishEach(openBackend(context), 'one');
      for (const attempts of [1, 2, 3]) {
        const crashing = openBackend(context);
        expectEqual((await takeNext(crashing)).attempts, attempts, 'attempts');
        await expectNothingDue(openBackend(context));
        await context.runtime.advance(LEASE_MS);
      }
    },
  },
  {
    name: 'attempts: a claim from an empty channel or of a leased event counts none',
    requires: ['leaseMs'],
    async run(context) {
      const backend = openBackend(context);
      await expectNothingDue(backend);
      await publishEach(backend, 'one');
      const { eventId, lease } = await takeNext(backend);
      await expectNothingDue(backend);
      await backend.nack(eventId, lease);
      expectEqual((await takeNext(backend)).attempts, 2, 'attempts');
    },
  },
  {
    name: 'maxAttempts: the last nack makes a dead letter with last error, attempts and times',
    requires: ['maxAttempts', 'deadLetters', 'delayMs'],
    async run(context) {
      const { runtime } = context;
      const backend = openBackend(context);
      const createdAt = runtime.now();
      await publishEach(backend, 'poison');
      for (const message of ['first', 'last']) {
        const { eventId, lease } = await takeNext(backend, { maxAttempts: 2 });
        await runtime.advance(10);
        await backend.nack(eventId, lease, { delayMs: 5, error: { name: 'Error', message } });
        await runtime.advance(5);
      }
      await expectNothingDue(backend);
      const [letter] = await backend.deadLetters(CHANNEL, 10);
      expectEqual(letter?.reason, 'attempts-exhausted', 'reason');
      expectEqual(letter?.lastError, { name: 'Error', message: 'last' }, 'last error');
      expectEqual(letter?.attempts, 2, 'attempts');
      expectEqual([letter?.createdAt, letter?.diedAt], [createdAt, createdAt + 25], 'times');
      expectEqual(letter?.payload, 'poison', 'payload');
      expectEqual(letter?.note, null, 'note');
    },
  },
  {
    name: 'maxAttempts: with Infinity an event is delivered for as long as it fails',
    requires: ['maxAttempts', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      for (let attempts = 1; attempts <= 40; attempts += 1) {
        const message = await takeNext(backend, { maxAttempts: Number.POSITIVE_INFINITY });
        expectEqual(message.attempts, attempts, 'attempts');
        await backend.nack(message.eventId, message.lease);
      }
      expectEqual(await backend.deadLetters?.(CHANNEL, 1), [], 'dead letters');
    },
  },
  {
    name: 'maxAttempts: the last expiry makes a dead letter that keeps the error before it',
    requires: ['maxAttempts', 'leaseMs', 'deadLetters', 'expiry'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'poison');
      const first = await takeNext(backend, { maxAttempts: 2 });
      const error = { name: 'Error', message: 'first' };
      await backend.nack(first.eventId, first.lease, { error });
      await takeNext(backend, { maxAttempts: 2, leaseMs: 1_000 });
      await context.runtime.advance(1_000);
      await expectNothingDue(backend);
      const [letter] = await backend.deadLetters(CHANNEL, 10);
      expectEqual(letter?.reason, 'attempts-exhausted', 'reason');
      expectEqual([letter?.attempts, letter?.lastError], [2, error], 'attempts and last error');
    },
  },
  {
    name: 'maxAttempts: the last attempt may still succeed',
    requires: ['maxAttempts', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      const { eventId, lease } = await takeNext(backend, { maxAttempts: 1 });
      expectEqual(await backend.ack(eventId, lease), 'ok', 'answer');
      expectEqual(await backend.deadLetters(CHANNEL, 10), [], 'dead letters');
    },
  },
];
