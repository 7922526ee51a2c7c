/** How far the clocks of two contexts may differ. Browsers coarsen `Date.now()` by at most 100 ms. */
export const CLOCK_TOLERANCE_MS = 1_000;

/**
 * Milliseconds to add to a time that was computed at `since`, now that the clock shows `now`. The result is 0, or negative
 * after the clock was set back. A wait that began by the old clock then starts again by the new clock: it never lasts longer
 * than asked for, and never ends early. Pure.
 */
export function clockShift(since: number | undefined, now: number): number {
  return since !== undefined && since - now > CLOCK_TOLERANCE_MS ? now - since : 0;
}
