import type { RejectOptions } from '../../core/options/settling-arguments.ts';
import { CHANNEL, expectNothingDue, openBackend, publishEach, takeNext } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

export const rejectCases: readonly ConformanceCase[] = [
  {
    name: 'reject: answers ok, and the event is never delivered again',
    requires: ['reject'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      const { eventId, lease } = await takeNext(backend);
      expectEqual(await backend.reject(eventId, lease), 'ok', 'answer');
      await context.runtime.advance(86_400_000);
      await expectNothingDue(backend);
    },
  },
  {
    name: 'reject: keeps a dead letter with reason, note, last error, attempts and times',
    requires: ['reject', 'deadLetters'],
    async run(context) {
      const { runtime } = context;
      const backend = openBackend(context);
      const createdAt = runtime.now();
      const eventId = await backend.publish(CHANNEL, { total: 9 }, { trace: 'a' });
      const { lease } = await takeNext(backend);
      await runtime.advance(300);
      const error = { name: 'RangeError', message: 'no such order' };
      await backend.reject(eventId, lease, { reason: 'unknown order', error });
      const letter = {
        eventId,
        channel: CHANNEL,
        payload: { total: 9 },
        metadata: { trace: 'a' },
        createdAt,
        attempts: 1,
        reason: 'rejected',
        note: 'unknown order',
        lastError: error,
        diedAt: createdAt + 300,
      };
      const letters = await backend.deadLetters(CHANNEL, 10);
      const kept = letters.map(({ cursor: _, ...rest }) => rest);
      expectEqual(kept, [letter], 'dead letters');
    },
  },
  {
    name: 'reject: keeps no note and no error where none is given',
    requires: ['reject', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      await backend.reject((await takeNext(backend)).eventId);
      const [letter] = await backend.deadLetters(CHANNEL, 10);
      expectEqual([letter?.note, letter?.lastError], [null, null], 'note and last error');
    },
  },
  {
    name: 'reject: every settlement after it answers gone and changes nothing',
    requires: ['reject', 'extend', 'deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      const { eventId, lease } = await takeNext(backend);
      await backend.reject(eventId, lease);
      const before = await backend.deadLetters(CHANNEL, 10);
      expectEqual(await backend.ack(eventId, lease), 'gone', 'ack');
      expectEqual(await backend.nack(eventId, lease), 'gone', 'nack');
      expectEqual(await backend.extend(eventId, lease, 1_000), 'gone', 'extend');
      expectEqual(await backend.reject(eventId, lease, { reason: 'twice' }), 'gone', 'reject');
      expectEqual(await backend.deadLetters(CHANNEL, 10), before, 'dead letters');
      await expectNothingDue(backend);
    },
  },
  {
    name: 'reject: refuses a reason that is no string, and options that are no object',
    requires: ['reject'],
    async run(context) {
      const backend = openBackend(context);
      await publishEach(backend, 'one');
      const { eventId, lease } = await takeNext(backend);
      const bad = [
        [{ reason: 42 }, ['reason', 'a string', '42']],
        [{ reason: {} }, ['reason', 'a string', 'an object']],
        [null, ['options', 'an object', 'null']],
        ['because', ['options', 'an object', '"because"']],
      ] as const;
      for (const [options, says] of bad)
        await expectRejects(
          () => backend.reject(eventId, lease, options as unknown as RejectOptions),
          { name: 'TypeError', says },
          says.join(' '),
        );
      expectEqual(await backend.ack(eventId, lease), 'ok', 'the lease after the refusals');
    },
  },
];
