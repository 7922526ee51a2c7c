/**
 * Whether `answer` is a promise of any kind. `instanceof Promise` would not tell: zone.js, which every Angular page
 * loads, replaces the global `Promise`, and `async` functions go on returning native ones.
 */
export function isPromiseLike<T>(answer: T | PromiseLike<T>): answer is PromiseLike<T> {
  return typeof (answer as Partial<PromiseLike<T>> | null | undefined)?.then === 'function';
}
