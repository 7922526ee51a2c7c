// Covers src/queue/status-board.ts
import { expect, test } from 'vitest';
import { StatusBoard } from '../../src/queue/status-board.ts';

interface Kept {
  readonly state: string;
  readonly reason: Error | null;
}

function openBoard() {
  return new StatusBoard<Kept>({ state: 'closed', reason: null });
}

test('post: reports each change of a part with the whole status, which is then the current one, and nothing that is as before', () => {
  const board = openBoard();
  const seen: unknown[] = [];
  board.watch((status) => seen.push(status.state, status.reason, status === board.current));
  const reason = new Error('gone');
  board.post({ state: 'open' });
  board.post({ state: 'open', reason: null });
  board.post({ reason });
  board.post({ reason: new Error('gone') });
  expect(seen).toEqual([
    ...['open', null, true],
    ...['open', reason, true],
    ...['open', expect.any(Error), true],
  ]);
});

test('current: is frozen, from the first status on', () => {
  const board = openBoard();
  expect(Object.isFrozen(board.current)).toBe(true);
  board.post({ state: 'open' });
  expect(Object.isFrozen(board.current)).toBe(true);
});

test('watch: a function that is registered twice is called twice, and each registration ends by itself', () => {
  const board = openBoard();
  let calls = 0;
  const watcher = () => {
    calls += 1;
  };
  const [first, second] = [board.watch(watcher), board.watch(watcher)];
  board.post({ state: 'open' });
  expect(calls).toBe(2);
  first();
  first();
  board.post({ state: 'closed' });
  expect(calls).toBe(3);
  second();
  board.post({ state: 'open' });
  expect(calls).toBe(3);
});

test('watch: a watcher that throws, and one that adds another, stop none', () => {
  const board = openBoard();
  const seen: string[] = [];
  board.watch(() => {
    throw new Error('broken');
  });
  const stop = board.watch(() => {
    stop();
    board.watch(({ state }) => seen.push(`added: ${state}`));
  });
  board.watch(({ state }) => seen.push(state));
  board.post({ state: 'open' });
  expect(seen).toEqual(['open']);
  board.post({ state: 'closed' });
  expect(seen).toEqual(['open', 'closed', 'added: closed']);
});
