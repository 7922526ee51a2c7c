import { expect, test } from 'vitest';
import { GroupCommit, type GroupCommitOptions } from '../../src/queue/group-commit.ts';

const tooMuch = new Error('too much');

/** Commits numbers: each resolves with its square. A commit whose sum exceeds 10 fails. */
function openGroup(options?: GroupCommitOptions<number>) {
  const commits: (readonly number[])[] = [];
  let isCommitting = false;
  const commit = async (items: readonly number[]) => {
    commits.push(items);
    expect(isCommitting, 'two commits at once').toBe(false);
    isCommitting = true;
    await Promise.resolve();
    isCommitting = false;
    if (items.reduce((sum, item) => sum + item, 0) > 10) throw tooMuch;
    return items.map((item) => item ** 2);
  };
  return { commits, group: new GroupCommit(commit, options) };
}

const outcomes = async (answers: readonly Promise<number>[]) =>
  (await Promise.allSettled(answers)).map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value : outcome.reason,
  );

test('GroupCommit: items that are added at once are committed together, and each gets its own answer', async () => {
  const { commits, group } = openGroup();
  expect(await outcomes([1, 2, 3].map((item) => group.add(item)))).toEqual([1, 4, 9]);
  expect(commits).toEqual([[1, 2, 3]]);
});

test('GroupCommit: without mayConcernOne, a failed commit rejects all its items', async () => {
  const { commits, group } = openGroup();
  expect(await outcomes([1, 20].map((item) => group.add(item)))).toEqual([tooMuch, tooMuch]);
  expect(commits).toEqual([[1, 20]]);
  expect(await group.add(3)).toBe(9);
});

test('GroupCommit: with mayConcernOne, items of a failed commit are committed one by one, in order', async () => {
  const { commits, group } = openGroup({ mayConcernOne: (error) => error === tooMuch });
  const answers = [1, 20, 2].map((item) => group.add(item));
  expect(await outcomes(answers)).toEqual([1, tooMuch, 4]);
  expect(commits).toEqual([[1, 20, 2], [1], [20], [2]]);
  expect(await outcomes([5].map((item) => group.add(item)))).toEqual([25]);
});

test('GroupCommit: an item that is added meanwhile is committed after those that are committed one by one', async () => {
  const { commits, group } = openGroup({ mayConcernOne: () => true });
  const first = group.add(20).catch(() => group.add(4));
  const others = [1, 2].map((item) => group.add(item));
  await Promise.all([first, ...others]);
  expect(commits).toEqual([[20, 1, 2], [20], [1], [2], [4]]);
});

test('GroupCommit: when a commit of one item fails, it is not repeated', async () => {
  const { commits, group } = openGroup({ mayConcernOne: () => true });
  await expect(group.add(20)).rejects.toBe(tooMuch);
  expect(commits).toEqual([[20]]);
});

test('GroupCommit: a synchronous commit runs before microtasks that were queued after the add', async () => {
  const steps: string[] = [];
  const group = new GroupCommit((items: readonly number[]) => {
    steps.push(`commit ${items}`);
    return items.map((item) => item ** 2);
  });
  const answers = [group.add(1), group.add(2)];
  const other = Promise.resolve().then(() => steps.push('other'));
  expect(steps).toEqual([]);
  await other;
  expect(steps).toEqual(['commit 1,2', 'other']);
  expect(await outcomes(answers)).toEqual([1, 4]);
});

test('GroupCommit: a commit that throws synchronously rejects all its items', async () => {
  const group = new GroupCommit<number, number>(() => {
    throw tooMuch;
  });
  expect(await outcomes([group.add(1), group.add(2)])).toEqual([tooMuch, tooMuch]);
});
