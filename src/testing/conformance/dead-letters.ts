import { CHANNEL, type FullBackend, openBackend, publishEach, takeNext } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

async function rejectEach(backend: FullBackend, ...payloads: readonly unknown[]): Promise<void> {
  await publishEach(backend, ...payloads);
  for (const payload of payloads) {
    const { eventId, lease } = await takeNext(backend);
    await backend.reject(eventId, lease, { reason: String(payload) });
  }
}

export const deadLettersCases: readonly ConformanceCase[] = [
  {
    name: 'deadLetters: answers an empty list where nothing died',
    requires: ['deadLetters'],
    async run(context) {
      expectEqual(await openBackend(context).deadLetters(CHANNEL, 10), [], 'dead letters');
    },
  },
  {
    name: 'deadLetters: lists the oldest first, at most the limit, and keeps them',
    requires: ['deadLetters', 'reject'],
    async run(context) {
      const backend = openBackend(context);
      await rejectEach(backend, 1, 2, 3);
      for (const [limit, expected] of [
        [2, [1, 2]],
        [10, [1, 2, 3]],
      ] as const) {
        const letters = await backend.deadLetters(CHANNEL, limit);
        expectEqual(
          letters.map(({ payload }) => payload),
          expected,
          `at most ${limit}`,
        );
      }
    },
  },
  {
    name: 'deadLetters: are seen by every context, and outlive the one that settled',
    requires: ['deadLetters', 'reject', 'contexts'],
    async run(context) {
      const [settler, other] = [openBackend(context), openBackend(context)];
      await rejectEach(settler, 'one');
      expectEqual((await other.deadLetters(CHANNEL, 10)).length, 1, 'seen by the other');
      await settler.shutdown();
      expectEqual((await other.deadLetters(CHANNEL, 10)).length, 1, 'seen after the shutdown');
    },
  },
  {
    name: 'deadLetters: gives copies, so that what a reader changes stays with it',
    requires: ['deadLetters', 'reject'],
    async run(context) {
      const backend = openBackend(context);
      await rejectEach(backend, { items: [1] });
      const [letter] = await backend.deadLetters(CHANNEL, 10);
      (letter?.payload as { items: number[] } | undefined)?.items.push(2);
      const [again] = await backend.deadLetters(CHANNEL, 10);
      expectEqual(again?.payload, { items: [1] }, 'payload');
    },
  },
  {
    name: 'deadLetters: refuses a bad limit, naming option, expectation and value',
    requires: ['deadLetters'],
    async run(context) {
      const backend = openBackend(context);
      for (const limit of [0, -1, 1.5, Number.NaN, undefined, '5'])
        await expectRejects(
          () => backend.deadLetters(CHANNEL, limit as number),
          { name: 'TypeError', says: ['limit', 'a whole number from 1', `${limit}`] },
          `limit ${limit}`,
        );
    },
  },
];
