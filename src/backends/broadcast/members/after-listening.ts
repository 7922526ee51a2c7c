import type { Runtime, Stop } from '../../../core/runtime.ts';

/** A timer that is later than this tells that the context stood still. */
const LATE_MS = 50;
/** For the messages that came meanwhile: they are handled after the timers that became due. */
const GRACE_MS = 200;
/** A browser delays the timers of a page that is not seen: then the context runs, and waits no longer than this. */
const MOST_GRACES = 3;

/**
 * Calls `run` after `ms` in which others could be heard: a context that stood still meanwhile, because it computed, first
 * handles what came while it did.
 */
export function afterListening(runtime: Runtime, ms: number, run: () => void): Stop {
  let stop: Stop;
  const wait = (waitMs: number, gracesLeft: number) => {
    const dueAt = runtime.now() + waitMs;
    stop = runtime.after(waitMs, () => {
      const isLate = Math.abs(runtime.now() - dueAt) > LATE_MS;
      if (isLate && gracesLeft > 0) wait(GRACE_MS, gracesLeft - 1);
      else run();
    });
  };
  wait(ms, MOST_GRACES);
  return () => stop();
}
