import type { FinalResult } from '../../core/events/event-result.ts';
import type { PublishOptions } from '../../core/events/message.ts';
import {
  ackAll,
  CHANNEL,
  expectNothingDue,
  type FullBackend,
  openBackend,
  takeNext,
} from './arrange.ts';
import { publishAfter, publishFirst, RETENTION_MS } from './arrange-after.ts';
import type { ConformanceCase, ConformanceContext } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

const BLOCK: PublishOptions = { onDeadLetter: 'block' };

/** What becomes of two events that wait for one which ends by `end`: one follows it, the other one goes on. */
async function checkEnd(
  { runtime, ...context }: ConformanceContext,
  state: FinalResult['state'],
  end: (backend: FullBackend, eventId: string) => Promise<unknown>,
): Promise<void> {
  const backend = openBackend({ runtime, ...context });
  const after = await publishFirst(backend);
  const blocked = await publishAfter(backend, after, 'blocked', BLOCK);
  await publishAfter(backend, after, 'going on');
  await end(backend, after);
  const diedAt = runtime.now();
  const next = await takeNext(backend);
  expectEqual([next.payload, next.after?.state], ['going on', state], 'the one that goes on');
  await expectNothingDue(backend);
  const letters = await backend.deadLetters(CHANNEL, 10);
  const letter = letters.find(({ eventId }) => eventId === blocked);
  const { reason, note, attempts, lastError } = letter ?? {};
  expectEqual(
    { reason, note, attempts, lastError, diedAt: letter?.diedAt, after: letter?.after },
    { reason: 'blocked', note: null, attempts: 0, lastError: null, diedAt, after },
    'the dead letter of the other one',
  );
}

export const afterEndingsCases: readonly ConformanceCase[] = [
  {
    name: 'after: a claim delivers what it lets go by the dead letter that it makes of an expired event',
    requires: ['after', 'id', 'ttlMs', 'retentionMs', 'clock'],
    async run({ runtime, ...context }) {
      const backend = openBackend({ runtime, ...context });
      const first = { id: 'first', ttlMs: 1, retentionMs: RETENTION_MS };
      await backend.publish(CHANNEL, 'expires', null, first);
      await backend.publish(CHANNEL, 'goes on', null, { after: 'first' });
      await runtime.advance(1);
      const next = await takeNext(backend);
      expectEqual([next.payload, next.after?.state], ['goes on', 'dead'], 'what is delivered');
      await expectNothingDue(backend);
    },
  },
  {
    name: 'after: a rejected event lets others go on, or makes them dead letters',
    requires: ['after', 'reject', 'deadLetters'],
    run: (context) =>
      checkEnd(context, 'dead', async (backend, eventId) => {
        await backend.reject(eventId, (await takeNext(backend)).lease);
      }),
  },
  {
    name: 'after: an event that used up its attempts does the same',
    requires: ['after', 'deadLetters', 'maxAttempts'],
    run: (context) =>
      checkEnd(context, 'dead', async (backend, eventId) => {
        await backend.nack(eventId, (await takeNext(backend, { maxAttempts: 1 })).lease);
      }),
  },
  {
    name: 'after: a cancelled event does the same',
    requires: ['after', 'deadLetters', 'cancel'],
    run: (context) =>
      checkEnd(context, 'cancelled', (backend, eventId) => backend.cancel(CHANNEL, eventId)),
  },
  {
    name: 'after: a replaced event does the same',
    requires: ['after', 'deadLetters', 'replace'],
    async run(context) {
      const backend = openBackend(context);
      const after = await publishFirst(backend, 'old', { key: 'k' });
      await publishAfter(backend, after, 'second');
      await backend.publish(CHANNEL, 'new', null, { key: 'k', replaces: 'waiting' });
      const messages = [await takeNext(backend), await takeNext(backend)];
      const second = messages.find(({ payload }) => payload === 'second');
      expectEqual(second?.after?.state, 'cancelled', 'the result');
    },
  },
  {
    name: 'after: an event that is unknown, or no longer kept, holds nothing back',
    requires: ['after', 'deadLetters', 'clock'],
    async run(context) {
      const backend = openBackend(context);
      await publishAfter(backend, 'nothing', 'second');
      const second = await takeNext(backend);
      expectEqual(second.after, { eventId: 'nothing', state: 'unknown' }, 'the result');
      await publishAfter(backend, 'nothing', 'third', BLOCK);
      await expectNothingDue(backend);
      const [letter] = await backend.deadLetters(CHANNEL, 10);
      expectEqual([letter?.payload, letter?.reason], ['third', 'blocked'], 'the dead letter');
      const after = await publishFirst(backend);
      await ackAll(backend, [await takeNext(backend)]);
      await context.runtime.advance(RETENTION_MS);
      await publishAfter(backend, after, 'late');
      expectEqual((await takeNext(backend)).after?.state, 'unknown', 'after the retention');
    },
  },
  {
    name: 'after: a dead letter makes dead letters of a whole chain, and a redrive puts it back in order',
    requires: ['after', 'reject', 'deadLetters', 'redrive', 'id'],
    async run(context) {
      const backend = openBackend(context);
      const chained = { ...BLOCK, retentionMs: RETENTION_MS };
      await publishFirst(backend, 'a', { id: 'a' });
      await publishAfter(backend, 'a', 'b', { ...chained, id: 'b' });
      await publishAfter(backend, 'b', 'c', { ...chained, id: 'c' });
      const { lease } = await takeNext(backend);
      await backend.reject('a', lease);
      await expectNothingDue(backend);
      await expectNothingDue(backend);
      const letters = await backend.deadLetters(CHANNEL, 10);
      expectEqual(
        letters.map(({ payload, reason }) => [payload, reason]),
        [
          ['a', 'rejected'],
          ['b', 'blocked'],
          ['c', 'blocked'],
        ],
        'dead letters',
      );
      expectEqual(await backend.redrive(CHANNEL), 3, 'how many are redriven');
      for (const payload of ['a', 'b', 'c']) {
        const message = await takeNext(backend);
        expectEqual([message.payload, message.redriven?.count], [payload, 1], 'the next event');
        await expectNothingDue(backend);
        await backend.ack(message.eventId, message.lease, { reply: `reply to ${payload}` });
      }
      await expectNothingDue(backend);
    },
  },
  {
    name: 'after: a dead letter that is redriven alone follows the result that is kept',
    requires: ['after', 'reject', 'deadLetters', 'redrive'],
    async run(context) {
      const backend = openBackend(context);
      const after = await publishFirst(backend);
      const second = await publishAfter(backend, after, 'second', BLOCK);
      await backend.ack(after, (await takeNext(backend)).lease, { reply: 1 });
      const { lease } = await takeNext(backend);
      await backend.reject(second, lease);
      await backend.redrive(CHANNEL);
      expectEqual((await takeNext(backend)).after?.state, 'acknowledged', 'the result');
    },
  },
  {
    name: 'after: a redriven event holds back what is published after it, as before',
    requires: ['after', 'reject', 'redrive'],
    async run(context) {
      const backend = openBackend(context);
      const after = await publishFirst(backend);
      await backend.reject(after, (await takeNext(backend)).lease);
      await backend.redrive(CHANNEL);
      await publishAfter(backend, after, 'second');
      const { eventId, lease } = await takeNext(backend);
      expectEqual(eventId, after, 'the redriven event');
      await expectNothingDue(backend);
      await backend.ack(eventId, lease);
      expectEqual((await takeNext(backend)).payload, 'second', 'the other one');
    },
  },
  {
    name: 'after: needs an event that is kept; another one is unknown',
    requires: ['after'],
    async run(context) {
      const backend = openBackend(context);
      const plain = await backend.publish(CHANNEL, 'first');
      await publishAfter(backend, plain, 'second');
      const messages = [await takeNext(backend), await takeNext(backend)];
      expectEqual(
        messages.map(({ payload, after }) => [payload, after?.state]),
        [
          ['first', undefined],
          ['second', 'unknown'],
        ],
        'both are due',
      );
      await expectRejects(
        () => backend.publish(CHANNEL, 1, null, BLOCK),
        { name: 'TypeError', says: ['onDeadLetter', 'no key or after is given'] },
        'onDeadLetter alone',
      );
    },
  },
];
