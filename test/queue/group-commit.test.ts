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

/** Adds all items before the first commit, and returns the commits. */
async function commitsOf(items: readonly number[], options?: GroupCommitOptions<number>) {
  const { commits, group } = openGroup(options);
  await outcomes(items.map((item) => group.add(item)));
  return commits;
}

test('GroupCommit: items are committed together up to the greatest weight, and heavier ones in the next commits, in order', async () => {
  const weightOf = (item: number) => item;
  expect(await commitsOf([2, 3, 1, 4, 5, 1], { weightOf, maxWeight: 5 })).toEqual([
    [2, 3],
    [1, 4],
    [5],
    [1],
  ]);
  expect(await commitsOf([9, 1], { weightOf, maxWeight: 5 })).toEqual([[9], [1]]);
  expect(await commitsOf([1, 1, 1], { maxWeight: 2 })).toEqual([[1, 1], [1]]);
});

test('GroupCommit: items of different kinds are committed apart, and an item without a kind goes with either', async () => {
  const kindOf = (item: number) => ({ 1: 'odd', 2: 'even', 3: 'odd' })[item];
  expect(await commitsOf([1, 3, 2, 1], { kindOf })).toEqual([[1, 3], [2], [1]]);
  expect(await commitsOf([0, 1, 0, 2, 0], { kindOf })).toEqual([
    [0, 1, 0],
    [2, 0],
  ]);
});

test('GroupCommit: one bad item of sixteen is found by dividing the group into eight parts', async () => {
  const items = [1, 1, 20, ...Array.from({ length: 13 }, () => 0)];
  const commits = await commitsOf(items, { mayConcernOne: () => true });
  expect(commits.map(({ length }) => length)).toEqual([16, 2, 2, 1, 1, 2, 2, 2, 2, 2, 2]);
  expect(commits.slice(1, 5)).toEqual([[1, 1], [20, 0], [20], [0]]);
});

test('GroupCommit: taken items are left out of the next commit, and the caller answers them', async () => {
  const { commits, group } = openGroup();
  const answers = [1, 2, 3, 4].map((item) => group.add(item));
  expect(group.take((item) => item > 9)).toEqual([]);
  const taken = group.take((item) => item % 2 === 0);
  expect(taken.map(({ item }) => item)).toEqual([2, 4]);
  taken[0]?.resolve(-2);
  taken[1]?.reject(tooMuch);
  expect(await outcomes(answers)).toEqual([1, -2, 9, tooMuch]);
  expect(commits).toEqual([[1, 3]]);
});

test('GroupCommit: after all its items were taken, the next one is committed', async () => {
  const { commits, group } = openGroup();
  const taken = group.add(1);
  for (const { resolve } of group.take(() => true)) resolve(0);
  expect(await taken).toBe(0);
  expect(await group.add(2)).toBe(4);
  expect(commits).toEqual([[2]]);
});
