import type { EventDraft } from '../../core/events/message.ts';
import {
  CHANNEL,
  expectNothingDue,
  type FullBackend,
  openBackend,
  takePayloads,
} from './arrange.ts';
import type { ConformanceCase, ConformanceContext } from './conformance-case.ts';
import { type ExpectedError, expectEqual, expectRejects } from './expect.ts';

function draft(payload: unknown, channel: string = CHANNEL): EventDraft {
  return { channel, payload };
}

/** The bad draft is in the middle. The drafts before and after it must not be stored either. */
async function refusesWhole(
  context: ConformanceContext,
  bad: unknown,
  expected: ExpectedError,
): Promise<void> {
  const backend: FullBackend = openBackend(context);
  const drafts = [draft('before'), bad as EventDraft, draft('after'), draft('other', 'other')];
  await expectRejects(() => backend.publishMany(drafts), expected, 'the batch');
  await expectNothingDue(backend);
  await expectNothingDue(backend, 'other');
}

export const publishManyCases: readonly ConformanceCase[] = [
  {
    name: 'publishMany: resolves with the ids in input order, over several channels',
    requires: ['publishMany'],
    async run(context) {
      const backend = openBackend(context);
      const drafts = [draft(0), draft(1, 'other'), draft(2), draft(3, 'other')];
      const eventIds = await backend.publishMany(drafts);
      expectEqual(eventIds.length, 4, 'number of ids');
      for (const [index, { channel }] of [...drafts.entries()].filter(([at]) => at % 2 === 0)) {
        const message = await backend.dequeue(channel, 0);
        expectEqual(message?.eventId, eventIds[index], `id of the event ${index}`);
        expectEqual(message?.payload, index, `payload of the event ${index}`);
      }
      expectEqual(await takePayloads(backend, 'other'), [1, 3], 'the other channel');
    },
  },
  {
    name: 'publishMany: delivers in input order, after what was published before',
    requires: ['publishMany'],
    async run(context) {
      const backend = openBackend(context);
      await backend.publish(CHANNEL, 'first');
      await backend.publishMany(['a', 'b', 'c'].map((payload) => draft(payload)));
      await backend.publish(CHANNEL, 'last');
      expectEqual(await takePayloads(backend), ['first', 'a', 'b', 'c', 'last'], 'order');
    },
  },
  {
    name: 'publishMany: keeps metadata and options with their own event',
    requires: ['publishMany', 'delayMs'],
    async run(context) {
      const backend = openBackend(context);
      const delayed = { ...draft('later'), options: { delayMs: 5_000 } };
      await backend.publishMany([delayed, { ...draft('now'), metadata: { trace: 'b' } }]);
      const now = await backend.dequeue(CHANNEL, 0);
      expectEqual(now?.payload, 'now', 'the event that is due at once');
      expectEqual(now?.metadata, { trace: 'b' }, 'its metadata');
      await expectNothingDue(backend);
      await context.runtime.advance(5_000);
      expectEqual(await takePayloads(backend), ['later'], 'what came due');
    },
  },
  {
    name: 'publishMany: answers an empty batch with an empty list',
    requires: ['publishMany'],
    async run(context) {
      expectEqual(await openBackend(context).publishMany([]), [], 'ids');
    },
  },
  {
    name: 'publishMany: stores nothing where one channel name is bad',
    requires: ['publishMany'],
    run: (context) =>
      refusesWhole(context, draft('bad', 'no spaces'), {
        name: 'TypeError',
        says: ['channel', '"no spaces"'],
      }),
  },
  {
    name: 'publishMany: stores nothing where one payload cannot be cloned',
    requires: ['publishMany'],
    run: (context) =>
      refusesWhole(context, draft({ run: () => undefined }), {
        name: 'AcklineError',
        code: 'not-cloneable',
        channel: CHANNEL,
        path: 'payload.run',
      }),
  },
  {
    name: 'publishMany: stores nothing where one option is bad',
    requires: ['publishMany', 'delayMs'],
    run: (context) =>
      refusesWhole(
        context,
        { ...draft('bad'), options: { delayMs: -1 } },
        {
          name: 'TypeError',
          says: ['delayMs', '-1'],
        },
      ),
  },
  {
    name: 'publishMany: stores nothing where one event is too large',
    requires: ['publishMany', 'maxEventBytes'],
    run: (context) =>
      refusesWhole(
        context,
        { ...draft('x'.repeat(100)), options: { maxEventBytes: 50 } },
        {
          name: 'AcklineError',
          code: 'too-large',
        },
      ),
  },
  {
    name: 'publishMany: stores nothing where one event is no object',
    requires: ['publishMany'],
    async run(context) {
      for (const bad of [null, undefined, 'event', 1, []])
        await refusesWhole(context, bad, { name: 'TypeError' });
    },
  },
  {
    name: 'publishMany: refuses a value that is no array',
    requires: ['publishMany'],
    async run(context) {
      const backend = openBackend(context);
      for (const bad of [null, undefined, 'events', draft(1), new Set([draft(1)])])
        await expectRejects(
          () => backend.publishMany(bad as unknown as EventDraft[]),
          { name: 'TypeError', says: ['events', 'an array'] },
          'no array',
        );
      await expectNothingDue(backend);
    },
  },
];
