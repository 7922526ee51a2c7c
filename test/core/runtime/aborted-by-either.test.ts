import { expect, test } from 'vitest';
import { abortedByEither } from '../../../src/core/runtime/aborted-by-either.ts';

for (const index of [0, 1])
  test(`abortedByEither: signal ${index + 1} aborts it, with the reason of that signal`, () => {
    const controllers = [new AbortController(), new AbortController()] as const;
    const { signal } = abortedByEither(controllers[0].signal, controllers[1].signal);
    controllers[index]?.abort('first');
    expect(signal.aborted).toBe(true);
    controllers[1 - index]?.abort('second');
    expect(signal.reason).toBe('first');
  });

test('abortedByEither: after forget() no signal aborts it', () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const { signal, forget } = abortedByEither(first.signal, second.signal);
  forget();
  first.abort();
  second.abort();
  expect(signal.aborted).toBe(false);
});
