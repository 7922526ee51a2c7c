import { expect, test } from 'vitest';
import { readHidden } from '../../../../src/backends/indexeddb/scanning/hidden-rows.ts';
import { rankOf, type WaitingRow } from '../../../../src/backends/indexeddb/schema/schema.ts';
import { openStore } from '../open-store.ts';

const NOW = 1_000;

function rowOf(name: string, dueAt: number, queue = 'a'): WaitingRow {
  return { v: 1, queue, seq: 1, at: name, dueAt, attempts: 0 };
}

const stored = [
  rowOf('high', rankOf(9)),
  rowOf('returned', 0),
  rowOf('low', rankOf(-9)),
  rowOf('retry', 1),
  rowOf('due now', NOW),
  rowOf('later', NOW + 1),
  rowOf('other queue', 0, 'b'),
];

async function hidden(lastDueAt: number | undefined, now = NOW, max = 1): Promise<unknown[]> {
  const { connection, write } = await openStore();
  await write('returned', ...stored);
  const read = lastDueAt === undefined ? [] : [rowOf('read', lastDueAt)];
  return (await readHidden(connection, 'a', now, read, max)).map(({ at }) => at);
}

test('where a scan read only events of a high priority, the first due ones of every other kind are read, too', async () => {
  expect((await hidden(rankOf(9))).sort()).toEqual(['due now', 'low', 'retry', 'returned']);
});

test('where a scan ended among low priorities, only retries may be hidden', async () => {
  expect(await hidden(rankOf(-9))).toEqual(['retry', 'due now']);
});

test.each([
  ['it read fewer rows than it may', rankOf(9), 2],
  ['it read none', undefined, 0],
  ['it ended among returned events', 0, 1],
  ['it ended among retries', 1, 1],
  ['it ended among delayed events', 500, 1],
])('nothing is hidden by the rows of a scan where %s', async (_, lastDueAt, max) => {
  expect(await hidden(lastDueAt, NOW, max)).toEqual([]);
});

test('by a clock before 1970 what is due at once is found, too', async () => {
  expect((await hidden(rankOf(9), -5)).sort()).toEqual(['low', 'retry', 'returned']);
});
