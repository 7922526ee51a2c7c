/** Waits of the thread for a lock that another connection holds. */

/** A transaction of this library takes some tens of microseconds. */
const FIRST_PAUSE_MS = 0.05;
const LONGEST_PAUSE_MS = 5;

/** The pause before the next try, in milliseconds, by the number of failed tries. `random`: in [0, 1). Pure. */
export function lockPauseMs(failures: number, random: number): number {
  const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10));
  return most * (0.5 + random / 2);
}

/** The pauses between two tries of a call that does not block its thread are this many times as long. */
const LONGER = 10;

/** As {@link lockPauseMs}, for a timer. */
export function retryPauseMs(failures: number, random: number): number {
  return Math.max(1, LONGER * lockPauseMs(failures, random));
}

let cell: Int32Array | undefined;

/** Stops the thread. Timers have no finer resolution than a millisecond. */
export function pauseThread(ms: number): void {
  cell ??= new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(cell, 0, 0, ms);
}
