/** The first of several times; infinity where there are none. Without spreading them: there may be more than a call can take. */
export function earliest(times: readonly number[]): number {
  return times.reduce((first, time) => Math.min(first, time), Number.POSITIVE_INFINITY);
}
