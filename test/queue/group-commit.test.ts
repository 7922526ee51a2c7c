import { expect, test } from 'vitest';
import { GroupCommit, type GroupCommitOptions } from '../../src/queue/group-commit.ts';

const tooMuch = new Error('too much');

/** Answers each number with its square; more than 10 in all is too much. */
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

test('GroupCommit: commits together what is asked for at once, and answers each in order', async () => {
  const { commits, group } = openGroup();
  expect(await outcomes([1, 2, 3].map((item) => group.add(item)))).toEqual([1, 4, 9]);
  expect(commits).toEqual([[1, 2, 3]]);
});

test('GroupCommit: a failure is that of all unless it may concern one', async () => {
  const { commits, group } = openGroup();
  expect(await outcomes([1, 20].map((item) => group.add(item)))).toEqual([tooMuch, tooMuch]);
  expect(commits).toEqual([[1, 20]]);
  expect(await group.add(3)).toBe(9);
});

test('GroupCommit: one that may have failed the others fails alone; all are committed in order', async () => {
  const { commits, group } = openGroup({ mayConcernOne: (error) => error === tooMuch });
  const answers = [1, 20, 2].map((item) => group.add(item));
  expect(await outcomes(answers)).toEqual([1, tooMuch, 4]);
  expect(commits).toEqual([[1, 20, 2], [1], [20], [2]]);
  expect(await outcomes([5].map((item) => group.add(item)))).toEqual([25]);
});

test('GroupCommit: what is asked for meanwhile comes after those that are committed one by one', async () => {
  const { commits, group } = openGroup({ mayConcernOne: () => true });
  const first = group.add(20).catch(() => group.add(4));
  const others = [1, 2].map((item) => group.add(item));
  await Promise.all([first, ...others]);
  expect(commits).toEqual([[20, 1, 2], [20], [1], [2], [4]]);
});

test('GroupCommit: one item is committed once, whatever its failure', async () => {
  const { commits, group } = openGroup({ mayConcernOne: () => true });
  await expect(group.add(20)).rejects.toBe(tooMuch);
  expect(commits).toEqual([[20]]);
});

test('GroupCommit: what is answered at once is committed before anything else that waits for a turn', async () => {
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

test('GroupCommit: what is thrown at once is a failure as any other', async () => {
  const group = new GroupCommit<number, number>(() => {
    throw tooMuch;
  });
  expect(await outcomes([group.add(1), group.add(2)])).toEqual([tooMuch, tooMuch]);
});
