import { isPromiseLike } from './is-promise-like.ts';

/** Calls `run` with a value, or with what a promise resolves with. A value that is no promise is passed on at once. */
export function chain<T, R>(
  value: T | PromiseLike<T>,
  run: (value: T) => R | PromiseLike<R>,
): R | PromiseLike<R> {
  return isPromiseLike(value) ? value.then(run) : run(value);
}
