/**
 * Whether `answer` is a promise of any kind. `instanceof Promise` fails on Angular pages: they load zone.js, which replaces
 * the global `Promise`, while `async` functions still return native promises.
 */
export function isPromiseLike<T>(answer: T | PromiseLike<T>): answer is PromiseLike<T> {
  return typeof (answer as Partial<PromiseLike<T>> | null | undefined)?.then === 'function';
}
