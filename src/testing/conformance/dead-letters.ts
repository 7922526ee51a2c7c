import { CHANNEL, openBackend, rejectEach } from './arrange.ts';
import type { ConformanceCase } from './conformance-case.ts';
import { expectEqual, expectRejects } from './expect.ts';

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
    name: 'deadLetters: pages follow each other by cursor, also when the letter of the cursor is gone',
    requires: ['deadLetters', 'reject', 'cursor', 'purge'],
    async run(context) {
      const backend = openBackend(context);
      const [, second] = await rejectEach(backend, 1, 2, 3, 4, 5);
      const pages: unknown[][] = [];
      let after: string | undefined;
      do {
        const page = await backend.deadLetters(CHANNEL, 2, after);
        pages.push(page.map(({ payload }) => payload));
        if (pages.length === 1) await backend.purge(CHANNEL, { ids: [String(second)] });
        after = page.at(-1)?.cursor;
      } while (after !== undefined && pages.length < 10);
      expectEqual(pages, [[1, 2], [3, 4], [5], []], 'pages');
    },
  },
  {
    name: 'deadLetters: refuses what is no cursor',
    requires: ['deadLetters', 'cursor'],
    async run(context) {
      const backend = openBackend(context);
      for (const after of ['', 'two', null])
        await expectRejects(
          () => backend.deadLetters(CHANNEL, 2, after as string),
          { name: 'TypeError', says: ['after', 'the cursor of a dead letter'] },
          `after ${after}`,
        );
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
