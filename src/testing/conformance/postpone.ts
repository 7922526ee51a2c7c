import {
  CHANNEL,
  countsOf,
  expectNothingDue,
  openBackend,
  publishEach,
  takeNext,
} from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

const POSTPONED = { countsAsAttempt: false } as const;

export const postponeCases: readonly ConformanceCase[] = [
  {
    name: 'countsAsAttempt: false delivers again under the same number, and never makes a dead letter',
    requires: ['countsAsAttempt', 'maxAttempts'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      for (let round = 0; round < 5; round += 1) {
        const message = await takeNext(backend, { maxAttempts: 1 });
        expectEqual(message.attempts, 1, 'attempts');
        const answer = await backend.nack(message.eventId, message.lease, POSTPONED);
        expectEqual(answer, 'ok', 'answer');
      }
    },
  },
  {
    name: 'countsAsAttempt: false leaves the attempts before as they were',
    requires: ['countsAsAttempt', 'maxAttempts', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      const numbers: number[] = [];
      for (const options of [{}, POSTPONED, { countsAsAttempt: true }, POSTPONED, {}]) {
        const message = await takeNext(backend, { maxAttempts: 3 });
        numbers.push(message.attempts);
        await backend.nack(message.eventId, message.lease, options);
      }
      expectEqual(numbers, [1, 2, 2, 3, 3], 'attempts');
      await expectNothingDue(backend);
      const [letter] = await backend.deadLetters(CHANNEL, 1);
      expectEqual(letter?.attempts, 3, 'attempts of the dead letter');
    },
  },
  {
    name: 'countsAsAttempt: a token of before is stale, though the number of the delivery is the same',
    requires: ['countsAsAttempt'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      const first = await takeNext(backend);
      await backend.nack(first.eventId, first.lease, POSTPONED);
      const second = await takeNext(backend);
      expectEqual(Number(second.lease) > Number(first.lease), true, 'the token has grown');
      expectEqual(await backend.ack(first.eventId, first.lease), 'stale', 'first token');
      expectEqual(await backend.ack(second.eventId, second.lease), 'ok', 'second token');
    },
  },
  {
    name: 'countsAsAttempt: false with a delay holds no lease, keeps the error, and counts later attempts',
    requires: ['countsAsAttempt', 'delayMs', 'reject', 'deadLetters', 'stats'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      const { eventId, lease } = await takeNext(backend);
      const error = { name: 'RetryError', message: 'offline' };
      await backend.nack(eventId, lease, { ...POSTPONED, delayMs: 1_000, error });
      expectEqual(countsOf(await backend.stats(CHANNEL)).leased, 0, 'leased');
      await expectNothingDue(backend);
      await context.runtime.advance(1_000);
      const again = await takeNext(backend);
      expectEqual(again.attempts, 1, 'attempts');
      await backend.nack(again.eventId, again.lease);
      const last = await takeNext(backend);
      expectEqual(last.attempts, 2, 'attempts');
      await backend.reject(last.eventId, last.lease);
      expectEqual((await backend.deadLetters(CHANNEL, 1))[0]?.lastError, error, 'last error');
    },
  },
  {
    name: 'countsAsAttempt: refuses a value that is not a boolean, and changes nothing',
    requires: ['countsAsAttempt'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      const { eventId, lease } = await takeNext(backend);
      const options = { countsAsAttempt: 0 as unknown as boolean };
      await expectRejects(
        () => backend.nack(eventId, lease, options),
        { name: 'TypeError', says: ['countsAsAttempt', 'true or false', '0'] },
        'the refusal',
      );
      expectEqual(await backend.ack(eventId, lease), 'ok', 'answer');
    },
  },
];
