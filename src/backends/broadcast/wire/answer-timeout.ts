import type { Runtime, Stop } from '../../../core/runtime/runtime.ts';

/** A timer that fires later than this shows that the context was frozen or busy. */
const LATE_MS = 50;
/** In this time the context handles queued messages. Due timers may run before them. */
const GRACE_MS = 200;
/** Browsers delay the timers of a hidden page although the page runs. The wait then ends after this number of graces. */
const MAX_GRACES = 3;

/**
 * Calls `onTimeout` after `ms` in which this context could receive messages. A context that was frozen or busy
 * meanwhile handles the queued messages first.
 */
export function answerTimeout(runtime: Runtime, ms: number, onTimeout: () => void): Stop {
  let stop: Stop;
  const wait = (waitMs: number, gracesLeft: number) => {
    const dueAt = runtime.now() + waitMs;
    stop = runtime.after(waitMs, () => {
      const isLate = Math.abs(runtime.now() - dueAt) > LATE_MS;
      if (isLate && gracesLeft > 0) wait(GRACE_MS, gracesLeft - 1);
      else onTimeout();
    });
  };
  wait(ms, MAX_GRACES);
  return () => stop();
}
