/** The smallest of `times`, or `Infinity` if there are none. `Math.min(...times)` would fail for very many arguments. */
export function earliest(times: readonly number[]): number {
  return times.reduce((first, time) => Math.min(first, time), Number.POSITIVE_INFINITY);
}
