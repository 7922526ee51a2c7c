import { isPromiseLike } from '../core/runtime/is-promise-like.ts';

/** The result of `run`, or `instead` if it throws or its promise rejects. */
export function attempt<T, Instead>(
  run: () => T | PromiseLike<T>,
  instead: Instead,
): T | Instead | PromiseLike<T | Instead> {
  try {
    const result = run();
    return isPromiseLike(result) ? result.then(undefined, () => instead) : result;
  } catch {
    return instead;
  }
}
