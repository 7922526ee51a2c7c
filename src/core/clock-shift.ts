/** How far apart the clocks of two contexts may be: browsers blur them, by 100 ms at the most. */
export const CLOCK_TOLERANCE_MS = 1_000;

/**
 * By how much times that were reckoned at `since` are to be moved now that the clock shows `now`: 0, or less where
 * the clock was set back meanwhile. A wait that began by the old clock then begins again by the new one: it is not
 * longer than was asked for, and not over before its time. Pure.
 */
export function clockShift(since: number | undefined, now: number): number {
  return since !== undefined && since - now > CLOCK_TOLERANCE_MS ? now - since : 0;
}
